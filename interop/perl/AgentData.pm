package AgentData;

# What the agent's requests and responses consist of: frames, options, errors.

use v5.36;

use Digest::SHA qw(sha1_hex);
use Errno       ();
use Exporter    qw(import);
use JSON::PP    ();
use ZMQ::FFI    qw(:all);

our @EXPORT_OK
    = qw(bytes_of check describe field get_option is_number option_names refuse refuse_errno set_option);

my %KIND = (
    MAXMSGSIZE => 'int64_t',
    ( map { $_ => 'binary' } qw(ROUTING_ID CONNECT_ROUTING_ID XPUB_WELCOME_MSG) ),
    (   map { $_ => 'string' }
            qw(PLAIN_USERNAME PLAIN_PASSWORD CURVE_PUBLICKEY CURVE_SECRETKEY CURVE_SERVERKEY),
        qw(ZAP_DOMAIN LAST_ENDPOINT)
    ),
    (   map { $_ => 'int' } qw(LINGER SNDHWM RCVHWM SNDTIMEO RCVTIMEO SNDBUF RCVBUF),
        qw(ROUTER_MANDATORY ROUTER_HANDOVER PROBE_ROUTER REQ_RELAXED REQ_CORRELATE IMMEDIATE),
        qw(CONFLATE RECONNECT_IVL RECONNECT_IVL_MAX HANDSHAKE_IVL HEARTBEAT_IVL HEARTBEAT_TTL),
        qw(HEARTBEAT_TIMEOUT IPV6 TCP_KEEPALIVE XPUB_VERBOSE XPUB_VERBOSER XPUB_MANUAL),
        qw(XPUB_NODROP INVERT_MATCHING PLAIN_SERVER CURVE_SERVER TYPE MECHANISM EVENTS)
    ),
);

# libzmq's names of errors; it has some of its own.
my %ERROR = (
    (   map      { Errno->can($_)->() => $_ }
            grep { Errno->can($_) } qw(EACCES EADDRINUSE EADDRNOTAVAIL),
        qw(EAFNOSUPPORT EAGAIN EFAULT EHOSTUNREACH EINTR EINVAL EMFILE EMSGSIZE ENAMETOOLONG),
        qw(ENETUNREACH ENODEV ENOENT ENOMEM ENOTCONN ENOTDIR ENOTSOCK ENOTSUP EPERM)
    ),
    Errno::EPROTONOSUPPORT() => 'unsupported',      # a transport that libzmq is built without
    ZMQ_HAUSNUMERO() + 51    => 'EFSM',
    ZMQ_HAUSNUMERO() + 52    => 'ENOCOMPATPROTO',
    ZMQ_HAUSNUMERO() + 53    => 'ETERM',
    ZMQ_HAUSNUMERO() + 54    => 'EMTHREAD',
);

sub refuse ( $code, $message, @more ) {
    die { code => $code, message => $message, @more };
}

sub refuse_errno ( $object, @more ) {
    my $code = $ERROR{ $object->last_errno } // 'other';
    return refuse( $code, $object->last_strerror, @more );
}

# ZMQ::FFI's sockets are told not to die, since what they die of is but a stack trace.
sub check ($socket) {
    return $socket->last_errno ? refuse_errno($socket) : $socket;
}

sub field ( $request, $name ) {
    return $request->{$name} // refuse( 'bad-request', "no $name" );
}

sub is_number ($value) {

    # As JSON has it: 1 is one, "1" is none.
    no warnings qw(experimental::builtin);    ## no critic (ProhibitNoWarnings)
    return !ref $value && builtin::created_as_number($value);
}

# The bytes that a request describes.
sub bytes_of ($frame) {
    if ( ref $frame eq 'HASH' && defined $frame->{hex} ) {
        my $hex = $frame->{hex};
        return pack 'H*', $hex if length($hex) % 2 == 0 && $hex !~ /[^[:xdigit:]]/a;
    }
    elsif ( ref $frame eq 'HASH' && defined $frame->{text} ) {
        utf8::encode( my $text = $frame->{text} );
        return $text;
    }
    elsif ( ref $frame eq 'HASH' && ref $frame->{fill} eq 'HASH' ) {
        my ( $size, $seed ) = @{ $frame->{fill} }{qw(size seed)};
        state $all = pack 'C*', 0 .. 250;
        return substr $all x ( $size / 251 + 2 ), $seed % 251, $size
            if is_number($size) && is_number($seed) && $size >= 0;
    }
    return refuse( 'bad-request', 'a frame is {"hex"}, {"text"} or {"fill":{"size","seed"}}' );
}

# Bytes as a response describes them.
sub describe ($data) {
    my %hex = length $data > 1024 ? () : ( hex => unpack 'H*', $data );
    return { size => length $data, sha1 => sha1_hex($data), %hex };
}

# A libzmq that is built without CURVE has none of its options either.
sub option_names ($context) {
    state $names = [ sort grep { $context->has_capability('curve') || !/\ACURVE_/ } keys %KIND ];
    return @{$names};
}

sub option_named ( $context, $name ) {
    state %number = map { $_ => main->can("ZMQ_$_")->() } option_names($context);
    return $number{$name} // refuse( 'unsupported', "no option $name" );
}

sub set_option ( $context, $socket, $name, $value ) {
    my $option = option_named( $context, $name );
    my $kind   = $KIND{$name};
    if ( $kind eq 'binary' ) {
        $value = bytes_of($value);
    }
    elsif ( $kind eq 'string' ? ref $value || is_number($value) : !is_number($value) ) {
        refuse( 'bad-request', "$name is a " . ( $kind eq 'string' ? 'string' : 'number' ) );
    }
    utf8::encode($value) if $kind eq 'string';
    $socket->set( $option, $kind, $value );
    return check($socket);
}

sub get_option ( $context, $socket, $name ) {
    my $option = option_named( $context, $name );
    if ( $name =~ /KEY\z/ ) {    # libzmq wants a buffer of exactly its size, and gets a larger one
        refuse( 'unsupported', "ZMQ::FFI can't get $name" );
    }
    my $value = $socket->get( $option, $KIND{$name} ) // q{};
    check($socket);
    utf8::decode($value) if $KIND{$name} eq 'string';
    return
          $KIND{$name} eq 'binary' ? describe($value)
        : $KIND{$name} eq 'string' ? $value
        :                            0 + $value;
}

1;
