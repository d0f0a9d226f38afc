package AgentWait;

# What waits, and what goes on meanwhile. Perl has no threads to speak of, so whatever waits here, be
# it for a message or for the next request, also serves the ZAP handler (RFC 27).

use v5.36;

use Errno       qw(EAGAIN);
use Exporter    qw(import);
use List::Util  qw(first);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
use AgentData   qw(check describe refuse_errno);
use ZMQ::FFI    qw(:all);

our @EXPORT_OK = qw(await await_input deadline patiently receive zap_asked zap_start zap_stop);

my $PATIENCE = 1000;   # milliseconds that an op waits where neither it nor its socket says how long

my ( $zap, $context, $rules, @asked );    # the handler, what it needs, what it was asked

sub now ()                     { return clock_gettime(CLOCK_MONOTONIC) }
sub is_ready ( $socket, $for ) { return $socket->get( ZMQ_EVENTS, 'int' ) & $for }

# When an op must be answered. Undefined: its socket has a timeout, which is libzmq's to keep.
sub deadline ( $request, $socket = undef, $timeout = undef ) {
    my $patience = $request->{timeout_ms};
    return if !defined $patience && $socket && $socket->get( $timeout, 'int' ) >= 0;
    return now() + ( $patience // $PATIENCE ) / 1000;
}

# Waits until one of the files may be read, and returns which. A file of ZeroMQ's only says that its socket's state
# may have changed, and says it once: whoever waits asks all sockets first.
sub wait_for ( $seconds, @files ) {
    my $wanted = q{};
    vec( $wanted, $_, 1 ) = 1 for @files, $zap ? $zap->get_fd : ();
    select $wanted, undef, undef, $seconds;
    return $wanted;
}

# Waits until the socket is ready. False: it wasn't in time.
sub await ( $socket, $for, $until ) {
    serve_zap();
    while ( !is_ready( $socket, $for ) ) {
        my $left = $until - now();
        return 0 if $left <= 0;
        wait_for( $left, $socket->get_fd );
        serve_zap();
    }
    return 1;
}

# Waits until there is more to read.
sub await_input ($file) {
    while ($zap) {
        serve_zap();
        my $ready = wait_for( undef, $file );
        return if vec $ready, $file, 1;
    }
    return;    # reading waits as well
}

# Sends or receives: at once, or as soon as it is possible before the deadline.
sub patiently ( $socket, $for, $until, $call, @arguments ) {
    my $flags  = pop(@arguments) | ( defined $until ? ZMQ_DONTWAIT : 0 );
    my @result = $call->( $socket, @arguments, $flags );
    while ( my $errno = $socket->last_errno ) {
        if ( $errno != EAGAIN || !defined $until || !await( $socket, $for, $until ) ) {
            $socket->last_errno($errno);    # libzmq was asked other things meanwhile
            refuse_errno($socket);
        }
        @result = $call->( $socket, @arguments, $flags );
    }
    return @result;
}

sub receive ( $socket, $flags ) {
    my @frames = $socket->recv($flags);
    return if $socket->last_errno;
    push @frames, $socket->recv(0) while $socket->get( ZMQ_RCVMORE, 'int' );
    return \@frames;
}

# ---- ZAP ----

sub user_of ( $mechanism, @credentials ) {
    my $allow = $rules->{allow} // {};
    if ( $mechanism eq 'PLAIN' ) {
        utf8::decode($_) for @credentials;
        my ( $name, $password ) = @credentials;
        my $expected = $allow->{plain}{$name};
        return defined $expected && $expected eq $password ? $name : undef;
    }
    if ( $mechanism eq 'CURVE' ) {
        my $key = substr $context->z85_encode( $credentials[0] ), 0, 40;
        return first { $_ eq $key } @{ $allow->{curve} // [] };
    }
    return $mechanism eq 'NULL' && $allow->{null} ? 'anonymous' : undef;
}

sub serve_zap () {
    while ( $zap && is_ready( $zap, ZMQ_POLLIN ) ) {
        my $request = receive( $zap, ZMQ_DONTWAIT ) or return;
        push @asked, [ map { describe($_) } @{$request} ];
        my ( $id, $mechanism, @credentials ) = @{$request}[ 1, 5 .. $#{$request} ];
        my $reply = $rules->{reply};
        my $user  = $reply ? undef : user_of( $mechanism, @credentials );
        utf8::encode($user) if defined $user;
        $zap->send_multipart(
            ( $reply // q{} ) eq 'malformed'    # all but its version invites
            ? [ '2.0', $id, '200', 'OK', 'anonymous', q{} ]
            : defined $user ? [ '1.0', $id, '200', 'OK', $user, q{} ]
            :                 [ '1.0', $id, $reply // '400', 'not allowed', q{}, q{} ]
        );
    }
    return;
}

sub zap_asked () { return @asked }

# Serves this socket from now on, or the one that it has already, by these rules.
sub zap_start ( $of, $request, $new_socket ) {
    if ( !$zap ) {
        my $socket = $new_socket->(ZMQ_REP);
        $socket->bind('inproc://zeromq.zap.01');
        $zap = check($socket);
    }
    ( $context, $rules ) = ( $of, $request );
    return;
}

# Stops, and returns what is to be closed.
sub zap_stop () {
    my @stopped = $zap // ();
    ( $zap, $context, $rules, @asked ) = ();
    return @stopped;
}

1;
