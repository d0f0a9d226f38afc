#!/usr/bin/env perl
# rep: answers each message with its SHA-1 in lower-case hex.

use v5.36;
use Digest::SHA qw(sha1_hex);
use FindBin;
use lib $FindBin::RealBin;
use Role     qw(bind_to endpoints exchanges ready report);
use ZMQ::FFI qw(ZMQ_REP);

my ($endpoint) = endpoints(
    'Answers each message with its SHA-1 in lower-case hex.',
    endpoint => 'tcp://127.0.0.1:5556',
);

my $context = ZMQ::FFI->new;
my $server  = $context->socket(ZMQ_REP);
$server->set_linger(-1);    # see below: ZMQ::FFI would make it 0
bind_to( $server, $endpoint );
ready($server);

for ( 1 .. exchanges() ) {
    my $request = join q{}, $server->recv_multipart;
    report( 'received', $request, q{perl: received '%s' from client.} );
    my $digest = sha1_hex($request);
    $server->send($digest);
    report( 'replied', $digest, "perl (pid=$$): sending back sha1 of the received data: %s" );
}
$server->close;
$context->destroy;          # waits until the last reply has left
