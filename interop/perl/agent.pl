#!/usr/bin/env perl
# agent: holds sockets and does with them what it is told; docs/agent-contract.md is its law.
#
# There is no `proxy`: ZMQ::FFI's never returns, and Perl has no threads to speak of.

use v5.36;
use FindBin    qw($RealBin);
use JSON::PP   ();
use List::Util qw(any);
use POSIX      qw(_exit);
use lib $RealBin;
use Role     qw(fail);
use ZMQ::FFI qw(:all);
use AgentData
    qw(bytes_of check describe field get_option is_number option_names refuse refuse_errno set_option);
use AgentWait qw(await await_input deadline patiently receive zap_asked zap_start zap_stop);

my @TYPES      = qw(REQ REP DEALER ROUTER PUB SUB XPUB XSUB PUSH PULL PAIR);
my $context    = ZMQ::FFI->new;
my @TRANSPORTS = ( 'tcp',  'inproc', $context->has_capability('ipc')   ? 'ipc'   : () );
my @MECHANISMS = ( 'NULL', 'PLAIN',  $context->has_capability('curve') ? 'CURVE' : () );
my @EVENTS     = qw(CONNECTED CONNECT_DELAYED CONNECT_RETRIED LISTENING BIND_FAILED ACCEPTED
    ACCEPT_FAILED CLOSED CLOSE_FAILED DISCONNECTED MONITOR_STOPPED HANDSHAKE_FAILED_NO_DETAIL
    HANDSHAKE_SUCCEEDED HANDSHAKE_FAILED_PROTOCOL HANDSHAKE_FAILED_AUTH);
my %EVENT = map { main->can("ZMQ_EVENT_$_")->() => $_ } @EVENTS;

my ( %sockets, %monitors );    # by the harness's names
my $lingering;                 # a socket that is closed may still have something to send
my $spent;                     # the context has names that the next one must not meet

sub new_socket ($type) {
    my $socket = eval { $context->socket($type) } // refuse_errno($context);
    $socket->die_on_error(0);
    return $socket;            # with LINGER 0, ZMQ::FFI's default
}

sub socket_of ( $request, $field = 'socket' ) {
    my $name = field( $request, $field );
    return $sockets{$name} // refuse( 'bad-request', "there is no socket $name" );
}

# ---- ops ----

sub take ($name) {
    my ( $socket, $monitor ) = ( delete $sockets{$name}, delete $monitors{$name} );
    return $socket if !$monitor;

    # No way to stop a monitor here but to start another, of no events. Without that the last event
    # of a socket that closes would wait for ever for a reader, and the socket with it.
    $socket->monitor( "inproc://agent.no.monitor.$name", 0 );
    return ( $socket, $monitor );
}

sub attach ($how) {
    return sub ($request) {
        my ( $socket, $endpoint ) = ( socket_of($request), field( $request, 'endpoint' ) );
        my ($scheme) = $endpoint =~ m{\A(.*?)://};
        if ( defined $scheme && !any { $_ eq $scheme } @TRANSPORTS ) {
            refuse( 'unsupported', "no transport $scheme" );
        }
        refuse( 'EINVAL', 'ZMQ::FFI refuses an empty endpoint' ) if !$endpoint;
        $spent ||= ( $scheme // q{} ) ne 'tcp';
        $socket->$how($endpoint);
        check($socket);
        return $how eq 'bind' ? { endpoint => $socket->get( ZMQ_LAST_ENDPOINT, 'string' ) } : {};
    };
}

sub subscription ($how) {
    return sub ($request) {
        my $socket = socket_of($request);
        $socket->$how( bytes_of( field( $request, 'topic' ) ) );
        check($socket);
        return {};
    };
}

sub hello ($request) {
    my @version = $context->version;
    my $newest  = sprintf( '%03d%03d%03d', @version ) ge '004003003';
    return {
        contract     => 1,
        language     => 'Perl',
        interpreter  => sprintf( '%vd', $^V ),
        binding      => 'ZMQ::FFI ' . ZMQ::FFI->VERSION,
        libzmq       => join( q{.}, @version ),
        zmtp         => [ '1.0', '2.0', '3.0', $newest ? '3.1' : () ],
        socket_types => \@TYPES,
        options      => [ option_names($context) ],
        mechanisms   => \@MECHANISMS,
        transports   => \@TRANSPORTS,
        features     => [qw(monitor zap poll disconnect unbind count)],
    };
}

sub open_socket ($request) {
    my ( $name, $type ) = map { field( $request, $_ ) } qw(socket type);
    refuse( 'bad-request', "there is a socket $name already" ) if $sockets{$name};
    refuse( 'unsupported', "no socket type $type" )            if !any { $_ eq $type } @TYPES;
    my $socket  = new_socket( main->can("ZMQ_$type")->() );
    my $options = $request->{options} // {};
    set_option( $context, $socket, $_, $options->{$_} ) for keys %{$options};
    $sockets{$name} = $socket;
    return {};
}

sub set ($request) {
    my ( $option, $value ) = map { field( $request, $_ ) } qw(option value);
    set_option( $context, socket_of($request), $option, $value );
    return {};
}

sub get ($request) {
    return { value => get_option( $context, socket_of($request), field( $request, 'option' ) ) };
}

sub send_message ($request) {
    my ( $socket, $sent ) = ( socket_of($request), 0 );
    my @frames = map { bytes_of($_) } @{ field( $request, 'frames' ) };
    my $last   = pop @frames // refuse( 'bad-request', 'a message has one frame at least' );
    my $until  = deadline( $request, $socket, ZMQ_SNDTIMEO );
    my $send   = $socket->can('send');
    my $done   = eval {
        for ( 1 .. $request->{count} // 1 ) {
            patiently( $socket, ZMQ_POLLOUT, $until, $send, $_,    ZMQ_SNDMORE ) for @frames;
            patiently( $socket, ZMQ_POLLOUT, $until, $send, $last, 0 );
            $sent++;
        }
        1;
    };
    refuse( @{$@}{qw(code message)}, sent => $sent ) if !$done;
    return { sent => $sent };
}

sub receive_messages ($request) {
    my ( $socket, $count ) = ( socket_of($request), $request->{count} );
    my $until = deadline( $request, $socket, ZMQ_RCVTIMEO );
    my @messages;
    while ( @messages < ( $count // 1 ) ) {
        my ($frames) = eval { patiently( $socket, ZMQ_POLLIN, $until, \&receive, 0 ) };
        if ( !$frames ) {    # what came before it is not lost
            last if defined $count && ( @messages || $@->{code} eq 'EAGAIN' );
            die $@;
        }
        push @messages, [ map { describe($_) } @{$frames} ];
    }
    return defined $count ? { messages => \@messages } : { frames => $messages[0] };
}

sub poll ($request) {
    my %for   = ( in => ZMQ_POLLIN, out => ZMQ_POLLOUT );
    my $for   = $for{ field( $request, 'events' ) } // refuse( 'bad-request', 'events: in or out' );
    my $ready = await( socket_of($request), $for, deadline($request) );
    return { ready => $ready ? JSON::PP::true : JSON::PP::false };
}

sub monitor ($request) {
    my ( $socket, $name ) = ( socket_of($request), $request->{socket} );
    return {} if $monitors{$name};
    $spent = 1;
    my $endpoint = "inproc://agent.monitor.$name";
    $socket->monitor( $endpoint, ZMQ_EVENT_ALL );
    check($socket);
    my $monitor = $monitors{$name} = new_socket(ZMQ_PAIR);
    $monitor->set( ZMQ_RCVHWM, 'int', 0 );    # at one, libzmq's own thread would wait for us
    $monitor->connect($endpoint);
    check($monitor);
    return {};
}

sub events ($request) {
    my ( $until, $wanted, @events ) = ( deadline($request), $request->{until} );
    my $monitor = $monitors{ field( $request, 'socket' ) }
        // refuse( 'bad-request', "$request->{socket} has no monitor" );
    my $enough = !defined $wanted;
    while ( await( $monitor, ZMQ_POLLIN, $enough ? 0 : $until ) ) {
        my $number = unpack 'S', receive( $monitor, 0 )->[0];
        push @events, $EVENT{$number} // "event $number";
        $enough ||= $events[-1] eq $wanted;
    }
    return { events => \@events };
}

sub zap ($request) {
    my $reply = $request->{reply};
    if ( defined $reply && !any { $_ eq $reply } qw(300 400 500 malformed) ) {
        refuse( 'unsupported', "no reply $reply" );
    }
    $spent = 1;
    zap_start( $context, $request, \&new_socket );
    return {};
}

sub curve_keypair ($request) {
    refuse( 'unsupported', 'this libzmq is built without CURVE' )
        if !$context->has_capability('curve');
    my ( $public, $secret ) = map { substr $_, 0, 40 } $context->curve_keypair;
    return { public => $public, secret => $secret };
}

sub close_socket ($request) {
    $lingering ||= socket_of($request)->get_linger;
    $_->close for take( $request->{socket} );
    return {};
}

my ( $line, $unread ) = ( q{}, shift @ARGV // q{} );

# A new context costs as much as the rest of a simple case, so the old one is kept if nothing in it
# can leak into what follows; otherwise its end waits until the last socket is closed. A closed socket
# that lingers is ended by nothing in libzmq: then this process becomes a new agent, which answers
# what was read already.
sub reset_all ($request) {
    exec {$^X} $^X, $0, "$line\n$unread" if $lingering;
    for my $socket ( ( map { take($_) } keys %sockets ), zap_stop() ) {
        $socket->set_linger(0);
        $socket->close;
    }
    return {} if !$spent;
    $spent = 0;
    $context->destroy;
    $context->init;
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
    recv          => \&receive_messages,
    subscribe     => subscription('subscribe'),
    unsubscribe   => subscription('unsubscribe'),
    poll          => \&poll,
    monitor       => \&monitor,
    events        => \&events,
    zap           => \&zap,
    zap_log       => sub ($request) { return { requests => [ zap_asked() ] } },
    curve_keypair => \&curve_keypair,
    close         => \&close_socket,
    reset         => \&reset_all,
    exit          => sub ($request) { return {} },
);

# ---- the conversation ----

# The core's own JSON::PP will do; with Cpanel::JSON::XS it takes a tenth of the time.
my $json = ( eval { require Cpanel::JSON::XS } ? 'Cpanel::JSON::XS' : 'JSON::PP' )->new->utf8;

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

local $| = 1;
my $input = fileno STDIN;
while (1) {
    my $end = index $unread, "\n";
    if ( $end >= 0 ) {
        $line = substr $unread, 0, $end + 1, q{};
        chop $line;
        last if answer($line) eq 'exit';
        next;
    }
    await_input($input);
    sysread STDIN, $unread, 65_536, length $unread or last;
}
_exit(0);    # waits for no closed socket that lingers
