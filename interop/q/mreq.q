/ mreq.q: every second sends ten random letters and its pid, and prints what comes back.

file:string .z.f
@[system;"l ",((last 0,1+where file="/")#file),"role.q";{[e] -2 "q: ",e;exit 1}];

system "S ",string .z.i;                                 / each q begins with the same random seed

main:{[frontend]
  req:.role.client frontend;
  .role.ready ();
  while[.role.left<>0;
    data:(10?"qwertyuiop")," (from client pid=",(string .z.i),")";
    .role.tell[`sent;data;"";""];
    answer:.role.ask[req;data];
    .role.tell[`answered;answer;.role.me,"received the original data: ";""];
    .role.left-:1;
    .role.pause[]];
  .zmq.term[]}

.role.run[main;"[frontend]";enlist "tcp://127.0.0.1:5559"];
