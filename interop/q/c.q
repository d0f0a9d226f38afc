/ c.q: sends the local date and time every second, and prints the digest that it gets.

file:string .z.f
@[system;"l ",((last 0,1+where file="/")#file),"role.q";{[e] -2 "q: ",e;exit 1}];

days:("Sat";"Sun";"Mon";"Tue";"Wed";"Thu";"Fri")         / day 0 of q, 2000.01.01, was a Saturday
months:("Jan";"Feb";"Mar";"Apr";"May";"Jun";"Jul";"Aug";"Sep";"Oct";"Nov";"Dec")

/ A timestamp as ctime(3) writes it: Fri Aug 10 00:03:40 2012
ctime:{[now]
  date:"d"$now;
  name:days[("j"$date) mod 7];
  month:months[(`mm$date)-1];
  day:-2$string `dd$date;
  " " sv (name;month;day;string "v"$now;string `year$date)}

main:{[endpoint]
  req:.role.client endpoint;
  .role.ready ();
  while[.role.left<>0;
    data:ctime .z.P;
    .role.tell[`sent;data;.role.me,"sending data: '";"'"];
    answer:.role.ask[req;data];
    .role.tell[`answered;answer;.role.me,"received sha1 of data: ";""];
    .role.left-:1;
    .role.pause[]];
  .zmq.term[]}

.role.run[main;"[rep endpoint]";enlist "tcp://127.0.0.1:5556"];
