package AgentData;

# What requests and responses consist of: fields, frames as JSON, and refusals.

use v5.36;

use Digest::SHA qw(sha1_hex);
use Errno       ();
use Exporter    qw(import);
use ZMQ::FFI    qw(ZMQ_HAUSNUMERO);

our @EXPORT_OK = qw(bytes_of check describe field is_number refuse refuse_errno);

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

1;
