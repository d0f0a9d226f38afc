#!/usr/bin/env perl
# agent: has sockets, and does with them what it is told. docs/agent-contract.md is its contract.
# Here are the main loop, the table of the ops, hello and errors; interop/README.md shows the files.

use v5.36;
use FindBin  qw($RealBin);
use JSON::PP ();
use POSIX    qw(_exit);
use lib $RealBin;
use Role         qw(fail);
use AgentData    qw(field is_number refuse);
use AgentOptions qw(option_names);
use AgentSocket  qw(attach await_input close_socket context events get is_lingering monitor
    open_socket poll receive reset_sockets send_message set set_zap subscription
    @TRANSPORTS @TYPES);
use AgentZap qw(curve_keypair zap_log);

sub hello ($request) {
    my @version = context()->version;
    my $newest  = sprintf( '%03d%03d%03d', @version ) ge '004003003';
    my $curve   = context()->has_capability('curve');
    return {
        contract     => 1,
        pid          => $$,
        language     => 'Perl',
        interpreter  => sprintf( '%vd', $^V ),
        binding      => 'ZMQ::FFI ' . ZMQ::FFI->VERSION,
        libzmq       => join( q{.}, @version ),
        zmtp         => [ '1.0', '2.0', '3.0', $newest ? '3.1' : () ],
        socket_types => \@TYPES,
        options      => [ option_names( context() ) ],
        mechanisms   => [ 'NULL', 'PLAIN', $curve ? 'CURVE' : () ],
        transports   => \@TRANSPORTS,
        features     => [qw(monitor zap poll disconnect unbind count zap-reply zap-router)],
    };
}

my ( $line, $unread ) = ( q{}, shift @ARGV // q{} );

# Nothing in libzmq ends a closed socket that lingers: then this process becomes a new agent, which
# answers this line and the ones that were read already.
sub restart () {
    exec {$^X} $^X, $0, "$line\n$unread";
}

sub reset_all ($request) {
    restart() if is_lingering();
    reset_sockets();
    return {};
}

my %OPS = (
    hello         => \&hello,
    socket        => \&open_socket,
    set           => \&set,
    get           => \&get,
    bind          => attach('bind'),
    unbind        => attach('unbind'),
    connect       => attach('connect'),
    disconnect    => attach('disconnect'),
    send          => \&send_message,
    recv          => \&receive,
    subscribe     => subscription('subscribe'),
    unsubscribe   => subscription('unsubscribe'),
    poll          => \&poll,
    monitor       => \&monitor,
    events        => \&events,
    zap           => \&set_zap,
    zap_router    => \&set_zap,
    zap_log       => sub ($request) { return { requests => [ zap_log() ] } },
    curve_keypair => sub ($request) { return curve_keypair( context() ) },
    close         => \&close_socket,
    reset         => \&reset_all,
    exit          => sub ($request) { return {} },
);

# The core's own JSON::PP will do; with Cpanel::JSON::XS it takes a tenth of the time.
my $json = ( eval { require Cpanel::JSON::XS } ? 'Cpanel::JSON::XS' : 'JSON::PP' )->new->utf8;

# Answers a line of text, and returns its op.
sub answer ($text) {
    my ( $id, $op );
    my $ok = eval {
        my $request = eval { $json->decode($text) };
        refuse( 'bad-request', 'a request is an object with a number, its id' )
            if ref $request ne 'HASH' || !is_number( $request->{id} );
        $id = $request->{id};
        $op = field( $request, 'op' );
        ( $OPS{$op} // refuse( 'unsupported', "no op $op" ) )->($request);
    };
    my $error = ref $@ ? $@ : { code => 'bad-request', message => "$@" };
    print $json->encode( { id => $id, $ok ? ( ok => $ok ) : ( error => $error ) } ), "\n"
        or fail("cannot write to standard output: $!");
    return $op // q{};
}

# Answers line after line until standard input ends.
sub converse () {
    my $input = fileno STDIN;
    while (1) {
        my $end = index $unread, "\n";
        if ( $end >= 0 ) {
            $line = substr $unread, 0, $end + 1, q{};
            chop $line;
            return if answer($line) eq 'exit';
            next;
        }
        await_input($input);
        sysread STDIN, $unread, 65_536, length $unread or return;
    }
    return;
}

local $| = 1;
converse();
_exit(0);    # waits for no closed socket that lingers
