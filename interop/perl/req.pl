#!/usr/bin/env perl
# req: pulls messages, asks a rep for the SHA-1 of each, and prints both.

use v5.36;
use FindBin;
use lib $FindBin::RealBin;
use Role     qw(ask bind_to client endpoints exchanges ready report);
use ZMQ::FFI qw(ZMQ_PULL);

my ( $pull, $rep ) = endpoints(
    'Pulls messages, asks a rep for the SHA-1 of each, and prints both.',
    pull => 'tcp://127.0.0.1:5555',
    rep  => 'tcp://127.0.0.1:5556',
);

my $context  = ZMQ::FFI->new;
my $receiver = bind_to( $context->socket(ZMQ_PULL), $pull );
my $client   = client( $context, $rep );
ready($receiver);

for ( 1 .. exchanges() ) {
    my $message = join q{}, $receiver->recv_multipart;
    report( 'pulled', $message, q{perl: received '%s'} );
    my $digest = ask( $client, $message );
    report( 'answered', $digest, "perl (pid=$$): received sha1 from server: %s" );
}
