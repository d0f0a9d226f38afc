#!/usr/bin/env perl
# mreq: sends msgqueue ten random letters every second, and prints what comes back.

use v5.36;
use FindBin;
use lib $FindBin::RealBin;
use Role qw(ask client endpoints exchanges pause ready report);
use ZMQ::FFI;

my ($frontend) = endpoints(
    'Sends msgqueue ten random letters every second, and prints what comes back.',
    frontend => 'tcp://127.0.0.1:5559',
);

my $context = ZMQ::FFI->new;
my $client  = client( $context, $frontend );
ready();

for my $exchange ( 1 .. exchanges() ) {
    pause() if $exchange > 1;
    my $letters = join q{}, map { substr 'qwertyuiop', rand 10, 1 } 1 .. 10;
    my $message = "$letters (from client pid=$$)";
    report( 'sent', $message );
    my $echo = ask( $client, $message );
    report( 'answered', $echo, "perl (pid=$$): received the original data: %s" );
}
