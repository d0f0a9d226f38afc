package AgentZap;

# The ZAP handler (RFC 27), and CURVE keys. Perl has no threads to speak of, so the handler has none:
# whatever waits calls serve_zap, see AgentSocket.

use v5.36;

use Exporter   qw(import);
use List::Util qw(any first);
use AgentData  qw(bytes_of check describe refuse);
use ZMQ::FFI   qw(:all);

our @EXPORT_OK = qw(curve_keypair serve_zap start_zap stop_zap zap_log zap_socket);

my ( $zap, $context, $rules, @log );    # the handler, what it needs, what it was asked
my $envelope = 0;    # frames before a request: a ROUTER has a routing id and the delimiter

# The user id of whom the rules let in; undefined for anybody else.
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

# The frames of a reply: those that are given, and in place of null those of the rules.
sub reply ( $id, $mechanism, @credentials ) {
    my $given = ref $rules->{reply} ? $rules->{reply} : undef;
    my @own   = answer( $given ? undef : $rules->{reply}, $id, $mechanism, @credentials )->@*;
    return $given
        ? map { $given->[$_] ? bytes_of( $given->[$_] ) : $own[$_] // q{} } keys @$given
        : @own;
}

sub answer ( $reply, $id, $mechanism, @credentials ) {
    my $user = $reply ? undef : user_of( $mechanism, @credentials );
    utf8::encode($user) if defined $user;
    return ( $reply // q{} ) eq 'malformed'    # all but its version invites
        ? [ '2.0', $id, '200', 'OK', 'anonymous', q{} ]
        : defined $user ? [ '1.0', $id, '200', 'OK', $user, q{} ]
        :                 [ '1.0', $id, $reply // '400', 'not allowed', q{}, q{} ];
}

# Answers the requests that have come.
sub serve_zap () {
    while ( $zap && $zap->get( ZMQ_EVENTS, 'int' ) & ZMQ_POLLIN ) {
        my @request = $zap->recv_multipart(ZMQ_DONTWAIT);
        return if $zap->last_errno;
        push @log, [ map { describe($_) } @request ];
        my @before = splice @request, 0, $envelope;
        $zap->send_multipart( [ @before, reply( @request[ 1, 5 .. $#request ] ) ] );
    }
    return;
}

sub zap_log ()    { return @log }
sub zap_socket () { return $zap }

# Answers by these rules from now on, with a new socket or the one that it has already.
sub start_zap ( $of, $request, $new_socket ) {
    my $reply = $request->{reply};
    if ( ref $reply eq 'ARRAY' ) {
        refuse( 'bad-request', 'a reply has one frame at least' ) if !@$reply;
        bytes_of($_) for grep {defined} @$reply;
    }
    elsif ( defined $reply && !any { $_ eq $reply } qw(300 400 500 malformed) ) {
        refuse( 'unsupported', "no reply $reply" );
    }
    if ( !$zap ) {
        my $is_router = $request->{op} eq 'zap_router';
        my $socket    = $new_socket->( $is_router ? ZMQ_ROUTER : ZMQ_REP );
        $envelope = $is_router ? 2 : 0;
        $socket->bind('inproc://zeromq.zap.01');
        $zap = check($socket);
    }
    ( $context, $rules ) = ( $of, $request );
    return;
}

# Stops, and returns what is to be closed.
sub stop_zap () {
    my @stopped = $zap // ();
    ( $zap, $context, $rules, @log ) = ();
    return @stopped;
}

sub curve_keypair ($of) {
    refuse( 'unsupported', 'this libzmq is built without CURVE' ) if !$of->has_capability('curve');
    my ( $public, $secret ) = map { substr $_, 0, 40 } $of->curve_keypair;
    return { public => $public, secret => $secret };
}

1;
