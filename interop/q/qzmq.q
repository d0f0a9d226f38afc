/ qzmq.q: ZeroMQ for q. It loads the extension that `setup` builds; docs/q.md describes its functions.
/ The extension is local/qzmq.so beside the script that was started, or what QZMQ_LIB names, less .so.

.zmq.path:{[]
  given:getenv`QZMQ_LIB;
  script:string .z.f;
  beside:((last 0,1+where script="/")#script),"local/qzmq";
  lib:$[count given;given;beside];
  absolute:$["/"=first lib;lib;(system "cd"),"/",lib];   / 2: looks elsewhere for a relative path
  hsym`$absolute}
.zmq.lib:.zmq.path[]

.zmq.new:.zmq.lib 2:(`qzmq_new;1)                        / new`REQ makes a socket: its handle
.zmq.bind:.zmq.lib 2:(`qzmq_bind;2)                      / bind[s;endpoint] gives the real endpoint
.zmq.connect:.zmq.lib 2:(`qzmq_connect;2)                / connect[s;endpoint]
.zmq.send:.zmq.lib 2:(`qzmq_send;2)                      / send[s;message]: string, bytes or a list of them
.zmq.recv:.zmq.lib 2:(`qzmq_recv;1)                      / recv s gives a string, or a list of strings
.zmq.set:.zmq.lib 2:(`qzmq_set;3)                        / set[s;`linger;0]
.zmq.timeout:.zmq.lib 2:(`qzmq_timeout;2)                / timeout[s;ms]: send and recv then signal 'timeout
.zmq.poll:.zmq.lib 2:(`qzmq_poll;2)                      / poll[sockets;ms] gives those that have a message
.zmq.proxy:.zmq.lib 2:(`qzmq_proxy;2)                    / proxy[frontend;backend] runs until an error
.zmq.close:.zmq.lib 2:(`qzmq_close;1)                    / close s
.zmq.term:.zmq.lib 2:(`qzmq_term;1)                      / term[] closes all, waits until messages are gone
.zmq.version:.zmq.lib 2:(`qzmq_version;1)                / version[] gives (ours;libzmq's)
