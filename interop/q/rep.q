/ rep.q: answers each message with its SHA-1 in lower-case hexadecimal.

file:string .z.f
@[system;"l ",((last 0,1+where file="/")#file),"role.q";{[e] -2 "q: ",e;exit 1}];

main:{[endpoint]
  rep:.zmq.new`REP;
  .role.ready enlist .zmq.bind[rep;endpoint];
  while[.role.left<>0;
    data:.zmq.recv rep;
    .role.tell[`received;data;"q: received '";"' from client."];
    digest:.role.sha1 data;
    .zmq.send[rep;digest];
    .role.tell[`replied;digest;.role.me,"sending back sha1 of the received data: ";""];
    .role.left-:1];
  .zmq.term[]}

.role.run[main;"[endpoint]";enlist "tcp://127.0.0.1:5556"];
