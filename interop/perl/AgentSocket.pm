package AgentSocket;

# The sockets that the agent has, and all that is done with one: each op waits until its deadline.
# There is no `proxy`: ZMQ::FFI's never returns, and Perl has no threads to speak of.

use v5.36;

use Errno        qw(EAGAIN);
use Exporter     qw(import);
use JSON::PP     ();
use List::Util   qw(any);
use Time::HiRes  qw(clock_gettime sleep CLOCK_MONOTONIC);
use AgentData    qw(bytes_of check describe field refuse refuse_errno);
use AgentOptions qw(get_option set_option);
use AgentZap     qw(serve_zap start_zap stop_zap zap_socket);
use ZMQ::FFI     qw(:all);

our @EXPORT_OK = qw(attach await_input close_socket context events get is_lingering monitor
    open_socket poll receive reset_sockets send_message set set_zap subscription
    @TRANSPORTS @TYPES);

my $DEFAULT_TIMEOUT = 1000;    # milliseconds that an op waits where neither it nor its socket says

# Seconds after its deadline in which an op goes on with what needs no waiting: it takes what is
# queued, but does not follow a peer that never stops sending.
my $GRACE = 0.5;

# Seconds until it asks again a socket that says that it is ready and is not, as an XPUB does.
my $RETRY_INTERVAL = 0.002;

our @TYPES = qw(REQ REP DEALER ROUTER PUB SUB XPUB XSUB PUSH PULL PAIR);
my $context = ZMQ::FFI->new;
our @TRANSPORTS = ( 'tcp', 'inproc', $context->has_capability('ipc') ? 'ipc' : () );
my @EVENTS = qw(CONNECTED CONNECT_DELAYED CONNECT_RETRIED LISTENING BIND_FAILED ACCEPTED
    ACCEPT_FAILED CLOSED CLOSE_FAILED DISCONNECTED MONITOR_STOPPED HANDSHAKE_FAILED_NO_DETAIL
    HANDSHAKE_SUCCEEDED HANDSHAKE_FAILED_PROTOCOL HANDSHAKE_FAILED_AUTH);
my %EVENT = map { __PACKAGE__->can("ZMQ_EVENT_$_")->() => $_ } @EVENTS;

my ( %sockets, %monitors );    # by the harness's names
my $lingering;                 # a socket that is closed may still have something to send
my $needs_new_context;         # there are names in it that the next sockets must not meet

sub context ()      { return $context }
sub is_lingering () { return $lingering }

sub new_socket ($type) {
    my $socket = eval { $context->socket($type) } // refuse_errno($context);
    $socket->die_on_error(0);
    return $socket;    # with LINGER 0, ZMQ::FFI's default
}

sub find_socket ( $request, $field = 'socket' ) {
    my $name = field( $request, $field );
    return $sockets{$name} // refuse( 'bad-request', "there is no socket $name" );
}

# Removes a socket from the table, and returns what is to be closed.
sub take_socket ($name) {
    my ( $socket, $monitor ) = ( delete $sockets{$name}, delete $monitors{$name} );
    return $socket if !$monitor;

    # No way to stop a monitor here but to start another, of no events. Without that the last event
    # of a socket that closes would wait for ever for a reader, and the socket with it.
    $socket->monitor( "inproc://agent.no.monitor.$name", 0 );
    return ( $socket, $monitor );
}

# ---- deadlines ----

sub now ()                     { return clock_gettime(CLOCK_MONOTONIC) }
sub is_ready ( $socket, $for ) { return $socket->get( ZMQ_EVENTS, 'int' ) & $for }

# When an op must be answered; `own` is the timeout of its socket.
sub deadline ( $request, $own = -1 ) {
    my $default = $own < 0 ? $DEFAULT_TIMEOUT : $own;
    return now() + ( $request->{timeout_ms} // $default ) / 1000;
}

# Must an op end although it need not wait?
sub is_over ($deadline) { return now() > $deadline + $GRACE }

# Waits until one of the files may be read, and returns which. A file of ZeroMQ's only says that its
# socket's state may have changed, and says it once: whoever waits asks all sockets first.
sub wait_for ( $seconds, @files ) {
    my $wanted = q{};
    vec( $wanted, $_, 1 ) = 1 for @files, zap_socket() ? zap_socket()->get_fd : ();
    select $wanted, undef, undef, $seconds;
    return $wanted;
}

# Waits until the socket is ready. False: it wasn't in time.
sub wait_until ( $deadline, $socket, $for ) {
    serve_zap();
    while ( !is_ready( $socket, $for ) ) {
        my $left = $deadline - now();
        return 0 if $left <= 0;
        wait_for( $left, $socket->get_fd );
        serve_zap();
    }
    return 1;
}

# Waits until there is more to read.
sub await_input ($file) {
    while ( zap_socket() ) {
        serve_zap();
        my $ready = wait_for( undef, $file );
        return if vec $ready, $file, 1;
    }
    return;    # reading waits as well
}

# Sends or receives, now or until the deadline: the flags are the last of the arguments.
sub call_until ( $deadline, $socket, $for, $call, @arguments ) {
    my $flags  = pop(@arguments) | ZMQ_DONTWAIT;
    my @result = $call->( $socket, @arguments, $flags );
    my $over   = 0;
    while ( my $errno = $socket->last_errno ) {
        if ( $errno != EAGAIN || $over || !wait_until( $deadline, $socket, $for ) ) {
            $socket->last_errno($errno);    # libzmq was asked other things meanwhile
            refuse_errno($socket);
        }
        $over   = now() >= $deadline;
        @result = $call->( $socket, @arguments, $flags );

        # A full XPUB with XPUB_NODROP says that it is ready, and must not keep a processor busy.
        sleep $RETRY_INTERVAL if !$over && $socket->last_errno == EAGAIN;
    }
    return @result;
}

sub receive_frames ( $socket, $flags ) {
    my @frames = $socket->recv($flags);
    return if $socket->last_errno;
    push @frames, $socket->recv(0) while $socket->get( ZMQ_RCVMORE, 'int' );
    return \@frames;
}

# ---- ops ----

sub open_socket ($request) {
    my ( $name, $type ) = map { field( $request, $_ ) } qw(socket type);
    refuse( 'bad-request', "there is a socket $name already" ) if $sockets{$name};
    refuse( 'unsupported', "no socket type $type" )            if !any { $_ eq $type } @TYPES;
    my $socket  = new_socket( __PACKAGE__->can("ZMQ_$type")->() );
    my $options = $request->{options} // {};
    set_option( $context, $socket, $_, $options->{$_} ) for keys %{$options};
    $sockets{$name} = $socket;
    return {};
}

sub set ($request) {
    my ( $option, $value ) = map { field( $request, $_ ) } qw(option value);
    set_option( $context, find_socket($request), $option, $value );
    return {};
}

sub get ($request) {
    return { value => get_option( $context, find_socket($request), field( $request, 'option' ) ) };
}

sub attach ($how) {
    return sub ($request) {
        my ( $socket, $endpoint ) = ( find_socket($request), field( $request, 'endpoint' ) );
        my ($scheme) = $endpoint =~ m{\A(.*?)://};
        if ( defined $scheme && !any { $_ eq $scheme } @TRANSPORTS ) {
            refuse( 'unsupported', "no transport $scheme" );
        }
        refuse( 'EINVAL', 'ZMQ::FFI refuses an empty endpoint' ) if !$endpoint;
        $needs_new_context ||= ( $scheme // q{} ) ne 'tcp';
        $socket->$how($endpoint);
        check($socket);
        return $how eq 'bind' ? { endpoint => $socket->get( ZMQ_LAST_ENDPOINT, 'string' ) } : {};
    };
}

sub subscription ($how) {
    return sub ($request) {
        my $socket = find_socket($request);
        $socket->$how( bytes_of( field( $request, 'topic' ) ) );
        check($socket);
        return {};
    };
}

sub send_message ($request) {
    my ( $socket, $sent ) = ( find_socket($request), 0 );
    my @frames   = map { bytes_of($_) } @{ field( $request, 'frames' ) };
    my $last     = pop @frames // refuse( 'bad-request', 'a message has one frame at least' );
    my $deadline = deadline( $request, $socket->get( ZMQ_SNDTIMEO, 'int' ) );
    my @until    = ( $deadline, $socket, ZMQ_POLLOUT, $socket->can('send') );
    my $done     = eval {
        while ( $sent < ( $request->{count} // 1 ) ) {
            refuse( 'EAGAIN', 'the time is over' ) if $sent && is_over($deadline);
            call_until( @until, $_,    ZMQ_SNDMORE ) for @frames;
            call_until( @until, $last, 0 );
            $sent++;
        }
        1;
    };
    refuse( @{$@}{qw(code message)}, sent => $sent ) if !$done;
    return { sent => $sent };
}

sub receive ($request) {
    my ( $socket, $count ) = ( find_socket($request), $request->{count} );
    my $deadline = deadline( $request, $socket->get( ZMQ_RCVTIMEO, 'int' ) );
    my @messages;
    while ( @messages < ( $count // 1 ) ) {
        last if @messages && is_over($deadline);
        my ($frames) = eval { call_until( $deadline, $socket, ZMQ_POLLIN, \&receive_frames, 0 ) };
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
    my $ready = wait_until( deadline($request), find_socket($request), $for );
    return { ready => $ready ? JSON::PP::true : JSON::PP::false };
}

sub monitor ($request) {
    my ( $socket, $name ) = ( find_socket($request), $request->{socket} );
    return {} if $monitors{$name};
    $needs_new_context = 1;
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
    my ( $deadline, $wanted, @events ) = ( deadline($request), $request->{until} );
    my $monitor = $monitors{ field( $request, 'socket' ) }
        // refuse( 'bad-request', "$request->{socket} has no monitor" );
    my $enough = !defined $wanted;
    while ( !is_over($deadline) && wait_until( $enough ? 0 : $deadline, $monitor, ZMQ_POLLIN ) ) {
        my $number = unpack 'S', receive_frames( $monitor, 0 )->[0];
        push @events, $EVENT{$number} // "event $number";
        $enough ||= $events[-1] eq $wanted;
    }
    return { events => \@events };
}

sub set_zap ($request) {
    $needs_new_context = 1;
    start_zap( $context, $request, \&new_socket );
    return {};
}

sub close_socket ($request) {
    $lingering ||= find_socket($request)->get_linger;
    $_->close for take_socket( $request->{socket} );
    return {};
}

# A new context costs as much as the rest of a simple case, so the old one is kept if nothing in it
# can leak into what follows; otherwise its end waits until the last socket is closed.
sub reset_sockets () {
    for my $socket ( ( map { take_socket($_) } keys %sockets ), stop_zap() ) {
        $socket->set_linger(0);
        $socket->close;
    }
    return if !$needs_new_context;
    $needs_new_context = 0;
    $context->destroy;
    $context->init;
    return;
}

1;
