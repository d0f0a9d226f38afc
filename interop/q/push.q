/ push.q: sends all of standard input, less trailing newlines, as one message.

file:string .z.f
@[system;"l ",((last 0,1+where file="/")#file),"role.q";{[e] -2 "q: ",e;exit 1}];

main:{[endpoint]
  push:.zmq.new`PUSH;
  .zmq.connect[push;endpoint];
  .role.ready ();
  input:hopen `:fifo:///dev/stdin;
  bytes:"x"$();
  while[count part:read1 (input;65536);bytes,:part];
  data:"c"$(last 0,1+where not bytes=0x0a)#bytes;
  .zmq.send[push;data];
  .zmq.term[];                                           / waits until the message is handed over
  .role.tell[`sent;data;"";""]}

.role.run[main;"[pull endpoint]";enlist "tcp://127.0.0.1:5555"];
