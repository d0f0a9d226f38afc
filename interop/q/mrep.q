/ mrep.q: echoes each request.

file:string .z.f
@[system;"l ",((last 0,1+where file="/")#file),"role.q";{[e] -2 "q: ",e;exit 1}];

main:{[backend]
  rep:.zmq.new`REP;
  .zmq.connect[rep;backend];
  .role.ready ();
  while[.role.left<>0;
    data:.zmq.recv rep;
    .role.tell[`received;data;"q: received '";"' from client."];
    .zmq.send[rep;data];
    .role.tell[`replied;data;.role.me,"sending back the received data: ";""];
    .role.left-:1];
  .zmq.term[]}

.role.run[main;"[backend]";enlist "tcp://127.0.0.1:5560"];
