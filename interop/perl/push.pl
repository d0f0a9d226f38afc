#!/usr/bin/env perl
# push: sends all of standard input, less trailing newlines, as ONE message.

use v5.36;
use FindBin;
use lib $FindBin::RealBin;
use Role     qw(connect_to endpoints fail ready report);
use ZMQ::FFI qw(ZMQ_PUSH);

my ($pull) = endpoints(
    'Sends all of standard input, less trailing newlines, as ONE message.',
    pull => 'tcp://127.0.0.1:5555',
);

my $context = ZMQ::FFI->new;
my $sender  = $context->socket(ZMQ_PUSH);
$sender->set_linger(-1);    # see below: ZMQ::FFI would make it 0
connect_to( $sender, $pull );
ready();

my $message = do { local $/ = undef; readline STDIN }
    // fail("cannot read standard input: $!");
1 while chomp $message;

$sender->send($message);
$sender->close;
$context->destroy;          # waits, for ever if it must, until the message has left
report( 'sent', $message );
