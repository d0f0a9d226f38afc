package Role;

# What the seven programs share: arguments, endpoints, events, and the client.
# docs/role-contract.md says what each of them does and prints.

use v5.36;

use Digest::SHA qw(sha1_hex);
use Errno       qw(EADDRINUSE EAGAIN EINVAL ENODEV EPROTONOSUPPORT);
use Exporter    qw(import);
use FindBin     qw($RealBin $Script);
use IO::Handle;
use List::Util  qw(min pairs);
use Time::HiRes qw(sleep);
use lib "$RealBin/local/lib/perl5";    # where setup installs without root

our @EXPORT_OK = qw(ask bind_to client connect_to endpoints exchanges fail pause ready report);

# Whatever the shell made of them: Ctrl-C and a closed standard output end the program at once.
$SIG{$_} = 'DEFAULT' for qw(INT TERM PIPE);

sub fail ( $reason, $status = 1 ) {
    print {*STDERR} "perl: $reason\n";
    exit $status;
}

BEGIN {
    eval { require ZMQ::FFI } or fail("ZMQ::FFI does not load: run $RealBin/setup");
}
use ZMQ::FFI qw(:all);

sub number ( $variable, $default ) {
    my $value = $ENV{$variable} // q{};
    return $default if $value eq q{};
    return $value   if $value =~ /\A\d+\z/a;
    return fail( "$variable must be a number, not '$value'", 2 );
}

my $EVENTS       = ( $ENV{INTEROP_EVENTS} // q{} ) eq '1';
my $COUNT        = min( 1e15, number( 'INTEROP_COUNT', 1e15 ) );
my $INTERVAL     = number( 'INTEROP_INTERVAL_MS', 1000 ) / 1000;
my $RESEND_AFTER = 1000;    # milliseconds until a client sends again
my $SHOWN        = 1024;    # bytes of a message that are shown

sub exchanges () { return $COUNT }
sub pause ()     { return sleep $INTERVAL }

# The positional arguments: endpoints, each with its default.
sub endpoints ( $summary, @defaults ) {
    my @named = pairs @defaults;
    my $usage = join q{ }, "usage: $Script [-h]", map {"[$_->[0]]"} @named;

    if ( grep { $_ eq '-h' || $_ eq '--help' } @ARGV ) {
        print "$usage\n\n$summary\n\n", map { sprintf "  %-10s default: %s\n", @{$_} } @named;
        exit 0;
    }
    my ($option) = grep {/\A-/} @ARGV;
    my $wrong = $option ? "unknown option $option" : @ARGV > @named ? 'too many arguments' : undef;
    fail( "$wrong\n$usage", 2 ) if $wrong;

    return map { $ARGV[$_] // $named[$_][1] } 0 .. $#named;
}

# Bytes as a person sees them: they can't disturb the terminal.
sub show ($data) {
    my $text = substr $data, 0, $SHOWN;
    $text =~ s{
        ( [\x20-\x7E]                         # printable ASCII, then the well-formed UTF-8
        | [\xC2-\xDF] [\x80-\xBF]             # of table 3-7 in the Unicode standard
        | \xE0 [\xA0-\xBF] [\x80-\xBF]
        | \xED [\x80-\x9F] [\x80-\xBF]
        | [\xE1-\xEC\xEE\xEF] [\x80-\xBF]{2}
        | \xF0 [\x90-\xBF] [\x80-\xBF]{2}
        | [\xF1-\xF3] [\x80-\xBF]{3}
        | \xF4 [\x80-\x8F] [\x80-\xBF]{2}
        ) | (.)
    }{ $1 // sprintf '\x%02x', ord $2 }gsex;
    return length $data <= $SHOWN ? $text : "$text... (${\ length $data} bytes)";
}

# Bytes as a machine sees them.
sub describe ($data) {
    my $hex = length $data > $SHOWN ? q{} : sprintf ',"hex":"%s"', unpack 'H*', $data;
    return sprintf '{"size":%d,"sha1":"%s"%s}', length $data, sha1_hex($data), $hex;
}

sub json_string ($text) {
    $text =~ s/(["\\\x00-\x1F])/sprintf '\u%04x', ord $1/ge;
    return qq{"$text"};
}

sub say_line ($line) {
    print {*STDOUT} "$line\n" or fail("cannot write to standard output: $!");
    return;
}

# Tells what became of a message: an event for a machine, or a sentence for a person, with %s
# where the data goes.
sub report ( $event, $data, $sentence = undef ) {
    say_line( qq/{"event":"$event","pid":$$,"data":/ . describe($data) . '}' ) if $EVENTS;
    say_line( sprintf $sentence, show($data) ) if !$EVENTS && $sentence;
    return;
}

# Tells a machine that all sockets are there, and where the bound ones are.
sub ready (@bound) {
    return if !$EVENTS;
    my $endpoints = join q{,}, map { json_string( $_->get( ZMQ_LAST_ENDPOINT, 'string' ) ) } @bound;
    return say_line(qq/{"event":"ready","pid":$$,"endpoints":[$endpoints]}/);
}

# ZMQ::FFI dies with a stack trace, a person wants one line that names the endpoint.
sub attach ( $socket, $how, $endpoint ) {
    eval { $socket->$how($endpoint); 1 } and return $socket;
    my $errno = $socket->last_errno || EINVAL;    # it refuses the empty one by itself
    my $hint
        = $errno == EADDRINUSE ? ': stop what uses it, or give another endpoint'
        : ( grep { $errno == $_ } EINVAL, ENODEV, EPROTONOSUPPORT )
        ? ': an endpoint looks like tcp://127.0.0.1:5555'
        : q{};
    local $! = $errno;
    return fail("cannot $how '$endpoint': $!$hint");
}
sub bind_to    ( $socket, $endpoint ) { return attach( $socket, 'bind',    $endpoint ) }
sub connect_to ( $socket, $endpoint ) { return attach( $socket, 'connect', $endpoint ) }

# A connected REQ socket that outlives its servers.
sub client ( $context, $endpoint ) {
    my $socket = $context->socket(ZMQ_REQ);
    $socket->set( ZMQ_REQ_RELAXED,   'int', 1 );    # may send again although no answer came,
    $socket->set( ZMQ_REQ_CORRELATE, 'int', 1 );    # and then drops answers to earlier sendings

    # A request that can't leave waits in the queue of its dead connection. With room for one, it
    # is one stale request that the next server gets, not all of them; a full queue makes send
    # wait: hence a time limit on both. (IMMEDIATE, which queues nothing for an absent server, also
    # drops an answer that came just before its server left.)
    $socket->set( ZMQ_SNDHWM, 'int', 1 );
    $socket->set( $_, 'int', $RESEND_AFTER ) for ZMQ_SNDTIMEO, ZMQ_RCVTIMEO;
    $socket->set_linger(0);    # a client that stops doesn't wait for an absent server
    return connect_to( $socket, $endpoint );
}

sub attempt ( $socket, $request ) {
    $socket->send($request);
    my $answer = $socket->has_error ? undef : $socket->recv;
    return $answer if !$socket->has_error || $socket->last_errno == EAGAIN;
    return fail( $socket->last_strerror );
}

# Sends a request until its answer comes.
sub ask ( $socket, $request ) {
    $socket->die_on_error(0);    # a time limit that is over is no reason to die
    my $answer;
    until ( defined( $answer = attempt( $socket, $request ) ) ) {
        report( 'resent', $request );
        print {*STDERR}
            "perl (pid=$$): no answer for ${\ ($RESEND_AFTER / 1000)} s, sending again\n"
            if !$EVENTS;
    }
    return $answer;
}

STDOUT->autoflush;
binmode $_ for \*STDIN, \*STDOUT, \*STDERR;    # bytes in, bytes out

1;
