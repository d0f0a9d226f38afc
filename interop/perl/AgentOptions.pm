package AgentOptions;

# The options of a socket, by the contract's names.

use v5.36;

use Exporter  qw(import);
use AgentData qw(bytes_of check describe is_number refuse);
use ZMQ::FFI  qw(:all);

our @EXPORT_OK = qw(get_option option_names set_option);

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

# A libzmq that is built without CURVE has none of its options either.
sub option_names ($context) {
    state $names = [ sort grep { $context->has_capability('curve') || !/\ACURVE_/ } keys %KIND ];
    return @{$names};
}

sub find_option ( $context, $name ) {
    state %number = map { $_ => __PACKAGE__->can("ZMQ_$_")->() } option_names($context);
    return $number{$name} // refuse( 'unsupported', "no option $name" );
}

sub set_option ( $context, $socket, $name, $value ) {
    my $option = find_option( $context, $name );
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
    my $option = find_option( $context, $name );
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
