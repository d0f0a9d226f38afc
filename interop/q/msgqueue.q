/ msgqueue.q: a request-reply broker. Clients connect to its frontend, servers to its backend.

file:string .z.f
@[system;"l ",((last 0,1+where file="/")#file),"role.q";{[e] -2 "q: ",e;exit 1}];

main:{[frontend;backend]
  router:.zmq.new`ROUTER;
  dealer:.zmq.new`DEALER;
  front:.zmq.bind[router;frontend];
  back:.zmq.bind[dealer;backend];
  .role.ready (front;back);
  .zmq.proxy[router;dealer]}

.role.run[main;"[frontend [backend]]";("tcp://127.0.0.1:5559";"tcp://127.0.0.1:5560")];
