/ role.q: what the seven programs share. docs/role-contract.md says what they do and print.

system "l ",((last 0,1+where file="/")#file),"qzmq.q";

.role.events:1="J"$getenv`INTEROP_EVENTS                 / lines of JSON instead of sentences
.role.left:"J"$getenv`INTEROP_COUNT                      / exchanges to go; unset is 0N, which never gets 0
.role.interval:1000^"J"$getenv`INTEROP_INTERVAL_MS
.role.resendafter:1000                                   / ms until a client sends again
.role.shown:1024                                         / bytes of a message that are shown
.role.me:"q (pid=",(string .z.i),"): "

.role.sha1:{[data] raze string .Q.sha1 data}

/ The raze of no bytes is (), which would be [] in JSON.
.role.hex:{[data] $[count data;raze string "x"$data;""]}

.role.describe:{[data]
  size:count data;
  sha1:.role.sha1 data;
  $[.role.shown<size;`size`sha1!(size;sha1);
    `size`sha1`hex!(size;sha1;.role.hex data)]}

.role.event:{[name;field;what]
  -1 .j.j (`event`pid,field)!(name;.z.i;what);}

.role.ready:{[endpoints]
  if[.role.events;.role.event[`ready;`endpoints;endpoints]];}

/ The size of the UTF-8 character that bytes (as longs) begin with; 0 for none and for a control
/ character. The first byte says the size, and for four of them the second byte is limited further.
.role.width:{[bytes]
  lead:first bytes;
  size:(0 1 0 2 3 4 0)[0 32 127 194 224 240 245 bin lead];
  tail:1 _ size sublist bytes;
  low:128^(224 240!160 144)[lead];
  high:191^(237 244!159 143)[lead];
  whole:(size-1)=count tail;
  $[size<2;size;
    whole&(all tail within 128 191)&(first tail) within (low;high);size;
    0]}

/ Data that can't disturb a terminal.
.role.text:{[data]
  rest:"j"$.role.shown sublist data;
  out:"";
  while[count rest;
    size:.role.width rest;
    out,:$[size;"c"$size#rest;"\\x",string "x"$first rest];
    rest:(1|size) _ rest];
  out,$[.role.shown<count data;"... (",(string count data)," bytes)";""]}

/ What became of a message: an event for a machine, a sentence (if there is one) for a person.
.role.tell:{[name;data;before;after]
  if[.role.events;.role.event[name;`data;.role.describe data]];
  if[(not .role.events)&0<count before;
    -1 (string .z.T)," ",before,(.role.text data),after];}

/ A REQ that outlives its servers: it may send again, and drops the answers to earlier sendings.
/ A request that can't leave waits in the queue of its dead connection: with room for one, the next server
/ gets one of them, not all. (immediate, which queues nothing for an absent server, also drops an answer that
/ came just before its server left.)
.role.client:{[endpoint]
  s:.zmq.new`REQ;
  .zmq.set[s;`req_relaxed;1b];
  .zmq.set[s;`req_correlate;1b];
  .zmq.set[s;`sndhwm;1];
  .zmq.set[s;`linger;0];
  .zmq.timeout[s;.role.resendafter];
  .zmq.connect[s;endpoint];
  s}

.role.once:{[s;data]
  .zmq.send[s;data];
  .zmq.recv s}

.role.ask:{[s;data]
  while[(::)~answer:.[.role.once;(s;data);{[e] $[e~"timeout";(::);'e]}];
    if[.role.events;.role.event[`resent;`data;.role.describe data]];
    if[not .role.events;-2 .role.me,"no answer for 1 s, sending again"]];
  answer}

/ The pause before a client's next message. q has no sleep; a poll of nothing is one.
.role.pause:{[]
  if[.role.left<>0;.zmq.poll[();.role.interval]];}

/ 'stop is Ctrl-C while q works, 'interrupted while the extension waits.
.role.fail:{[e]
  if[(e~"stop")|e~"interrupted";exit 130];
  -2 "q: ",e;
  exit 1}

/ Calls a script's main with the command line's arguments or their defaults. No script may end without
/ exit: q would go on to read commands from standard input.
.role.run:{[program;names;defaults]
  usage:"usage: q ",file," ",names," -q";
  if[((first .z.x)~"-h")|(first .z.x)~"--help";-1 usage;exit 0];
  if[(count defaults)<count .z.x;-2 usage;exit 2];
  .[program;.z.x,(count .z.x) _ defaults;.role.fail];
  exit 0}
