/ versions.q: one line of JSON about this q. An unlicensed q doesn't get as far as printing it.

file:string .z.f
@[system;"l ",((last 0,1+where file="/")#file),"qzmq.q";{[e] -2 "q: ",e;exit 1}];

main:{[]
  interpreter:" " sv (.Q.f[1;.z.K];string .z.k;string .z.o);
  versions:.zmq.version[];
  binding:"qzmq ",first versions;
  libzmq:last versions;
  engine:`name`version!("libzmq";libzmq);
  -1 .j.j `language`interpreter`binding`libzmq`engine!(`q;interpreter;binding;libzmq;engine);
  exit 0}

@[main;::;{[e] -2 "q: ",e;exit 1}];
