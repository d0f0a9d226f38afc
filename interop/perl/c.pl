#!/usr/bin/env perl
# c: sends the date and time every second, and prints the digest that it gets.

use v5.36;
use FindBin;
use lib $FindBin::RealBin;
use Role qw(ask client endpoints exchanges pause ready report);
use ZMQ::FFI;

my ($rep) = endpoints(
    'Sends the date and time every second, and prints the digest that it gets.',
    rep => 'tcp://127.0.0.1:5556',
);

my $context = ZMQ::FFI->new;
my $client  = client( $context, $rep );
ready();

for my $exchange ( 1 .. exchanges() ) {
    pause() if $exchange > 1;
    my $now = localtime;
    report( 'sent', $now, "perl (pid=$$): sending data: '%s'" );
    my $digest = ask( $client, $now );
    report( 'answered', $digest, "perl (pid=$$): received sha1 of data: %s" );
}
