#!/usr/bin/env perl
# mrep: a server behind msgqueue that echoes each request.

use v5.36;
use FindBin;
use lib $FindBin::RealBin;
use Role     qw(connect_to endpoints exchanges ready report);
use ZMQ::FFI qw(ZMQ_REP);

my ($backend) = endpoints(
    'A server behind msgqueue that echoes each request.',
    backend => 'tcp://127.0.0.1:5560',
);

my $context = ZMQ::FFI->new;
my $server  = $context->socket(ZMQ_REP);
$server->set_linger(-1);    # see below: ZMQ::FFI would make it 0
connect_to( $server, $backend );
ready();

for ( 1 .. exchanges() ) {
    my $request = join q{}, $server->recv_multipart;
    report( 'received', $request, q{perl: received '%s' from client.} );
    $server->send($request);
    report( 'replied', $request, "perl (pid=$$): sending back the received data: %s" );
}
$server->close;
$context->destroy;          # waits until the last reply has left
