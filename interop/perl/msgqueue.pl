#!/usr/bin/env perl
# msgqueue: the request-reply broker, any number of clients in front, of servers behind.

use v5.36;
use FindBin;
use lib $FindBin::RealBin;
use Role     qw(bind_to endpoints ready);
use ZMQ::FFI qw(ZMQ_DEALER ZMQ_ROUTER);

my ( $frontend, $backend ) = endpoints(
    'The request-reply broker: any number of clients in front, of servers behind.',
    frontend => 'tcp://127.0.0.1:5559',
    backend  => 'tcp://127.0.0.1:5560',
);

my $context = ZMQ::FFI->new;
my $clients = bind_to( $context->socket(ZMQ_ROUTER), $frontend );
my $servers = bind_to( $context->socket(ZMQ_DEALER), $backend );
ready( $clients, $servers );

$context->proxy( $clients, $servers );
