/* versions: prints what this peer consists of as one line of JSON. */
#include <stdio.h>

#include <zmq.h>

#include "compiler.h"

int main(void)
{
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    printf("{\"language\":\"C\",\"interpreter\":\"%s\",\"binding\":\"libzmq\",\"libzmq\":\"%d.%d.%d\",",
           COMPILER, major, minor, patch);
    printf("\"engine\":{\"name\":\"libzmq\",\"version\":\"%d.%d.%d\"}}\n", major, minor, patch);
}
