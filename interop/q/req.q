/ req.q: pulls messages, asks a rep for the SHA-1 of each, and prints both.

file:string .z.f
@[system;"l ",((last 0,1+where file="/")#file),"role.q";{[e] -2 "q: ",e;exit 1}];

main:{[source;rep]
  pull:.zmq.new`PULL;
  bound:.zmq.bind[pull;source];
  req:.role.client rep;
  .role.ready enlist bound;
  while[.role.left<>0;
    data:.zmq.recv pull;
    .role.tell[`pulled;data;"q: received '";"'"];
    answer:.role.ask[req;data];
    .role.tell[`answered;answer;.role.me,"received sha1 from server: ";""];
    .role.left-:1];
  .zmq.term[]}

.role.run[main;"[pull endpoint [rep endpoint]]";("tcp://127.0.0.1:5555";"tcp://127.0.0.1:5556")];
