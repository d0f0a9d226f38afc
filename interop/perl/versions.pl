#!/usr/bin/env perl
# versions: prints what this peer consists of as one line of JSON.

use v5.36;
use FindBin;
use lib $FindBin::RealBin;
use Role           qw(fail);
use ZMQ::FFI::Util qw(zmq_soname zmq_version);

my $libzmq  = zmq_soname() // fail("libzmq does not load: run $FindBin::RealBin/setup");
my $version = join q{.}, zmq_version($libzmq);
printf qq/{"language":"Perl","interpreter":"%vd","binding":"ZMQ::FFI %s","libzmq":"%s",/,
    $^V, ZMQ::FFI->VERSION, $version;
printf qq/"engine":{"name":"libzmq","version":"%s"}}\n/, $version;
