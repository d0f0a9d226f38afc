# agent: holds sockets and does with them what it is told. A worked example of
# docs/agent-contract.md. It has no monitor, proxy or ZAP handler, and does not say it had.
require "digest"
require "ffi-rzmq"
require "json"

# The error of a response.
class Refusal < StandardError
  attr_reader :error

  def initialize(error) = super((@error = error)[:message])
end

def refuse(code, message) = raise(Refusal.new({ code: code, message: message }))

PATIENCE = 1000 # milliseconds that an op waits where neither it nor its socket says how long
TYPES = %w[REQ REP DEALER ROUTER PUB SUB XPUB XSUB PUSH PULL PAIR].freeze
TRANSPORTS = %w[tcp ipc inproc].freeze
# Of the contract's options those that this binding can set: it has constants for more.
OPTIONS = %w[
  LINGER SNDHWM RCVHWM SNDTIMEO RCVTIMEO SNDBUF RCVBUF ROUTING_ID ROUTER_MANDATORY PROBE_ROUTER
  REQ_RELAXED REQ_CORRELATE IMMEDIATE CONFLATE RECONNECT_IVL RECONNECT_IVL_MAX MAXMSGSIZE IPV6
  TCP_KEEPALIVE PLAIN_SERVER PLAIN_USERNAME PLAIN_PASSWORD ZAP_DOMAIN LAST_ENDPOINT TYPE MECHANISM
  EVENTS
].freeze
# What a request that makes no sense ends in.
NONSENSE = [ArgumentError, IndexError, JSON::ParserError, NameError, RangeError, TypeError].freeze

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)

# When a request must be answered; `own` is its socket's timeout.
def deadline(request, own = -1)
  now + request.fetch(:timeout_ms, own.negative? ? PATIENCE : own)
end

def left(deadline) = [0, (deadline - now).ceil].max

# The result of a call of the library, or the name of its errno, which FFI has kept.
def check(result)
  return result unless result.negative?

  refuse("EFSM", "not possible in this state") if FFI.errno == ZMQ::EFSM
  reason = SystemCallError.new(nil, FFI.errno)
  refuse(reason.class.name.delete_prefix("Errno::"), reason.message)
end

# D, the description of a frame: its content up to 1024 bytes, its SHA-1 always.
def describe(frame)
  d = { size: frame.bytesize, sha1: Digest::SHA1.hexdigest(frame) }
  d[:hex] = frame.unpack1("H*") if frame.bytesize <= 1024
  d
end

# The bytes of a frame as a request has it.
def bytes(frame)
  case frame
  in { hex: /\A(\h\h)*\z/ => hex } then [hex].pack("H*")
  in { text: String => text } then text.b
  in { fill: { size: 0.. => size, seed: 0.. => seed } }
    (Array.new(251) { |i| (seed + i) % 251 }.pack("C*") * (size / 251 + 1)).byteslice(0, size)
  else refuse("bad-request", "a frame is hex, text or fill")
  end
end

# Sockets by the harness's names, and an op_ for each op.
class Agent
  attr_reader :ended

  def initialize
    @context = ZMQ::Context.new
    @sockets = {}
    @lingers = false # a closed socket may still have something to send
  end

  # Does what a request asks for.
  def perform(request)
    op = "op_#{request.fetch(:op)}"
    refuse("unsupported", "no op #{request[:op]}") unless respond_to?(op, true)

    __send__(op, request).then { |ok| ok.is_a?(Hash) ? ok : {} }
  end

  private

  def op_hello(_request)
    version = LibZMQ.version.values
    newest = (version <=> [4, 3, 3]).negative? ? [] : ["3.1"]
    { contract: 1, pid: Process.pid, language: "Ruby", interpreter: RUBY_VERSION,
      binding: "ffi-rzmq #{ZMQ::VERSION}", libzmq: version.join("."),
      zmtp: ["1.0", "2.0", "3.0", *newest], socket_types: TYPES, options: OPTIONS,
      mechanisms: %w[NULL PLAIN], transports: TRANSPORTS,
      features: %w[poll disconnect unbind count] }
  end

  def op_socket(request)
    name, type = request.fetch_values(:socket, :type)
    refuse("bad-request", "there is a socket #{name}") if @sockets.key?(name)
    refuse("unsupported", "no socket type #{type}") unless TYPES.include?(type)

    socket = @context.socket(ZMQ.const_get(type))
    set(socket, "LINGER", 0)
    request.fetch(:options, {}).each { |option, value| set(socket, option.to_s, value) }
    @sockets[name] = socket
  ensure
    socket.close if socket && !@sockets.value?(socket)
  end

  def op_set(request) = set(find(request), *request.fetch_values(:option, :value))
  def op_get(request) = { value: get(find(request), request.fetch(:option)) }

  %w[bind unbind connect disconnect].each do |op|
    define_method("op_#{op}") do |request|
      socket = find(request)
      endpoint = request.fetch(:endpoint)
      scheme, rest = endpoint.split("://", 2)
      unknown = rest && !TRANSPORTS.include?(scheme)
      refuse("unsupported", "no transport #{scheme}") if unknown

      check(socket.public_send(op, endpoint))
      { endpoint: get(socket, "LAST_ENDPOINT") } if op == "bind"
    end
  end

  def op_send(request)
    socket = find(request)
    *more, last = request.fetch(:frames).map { |frame| bytes(frame) }
    refuse("bad-request", "a message has one frame at least") unless last

    till = deadline(request, get(socket, "SNDTIMEO"))
    sent = 0
    request.fetch(:count, 1).times do
      more.each { |m| within(till, socket, "SNDTIMEO") { socket.send_string(m, ZMQ::SNDMORE) } }
      within(till, socket, "SNDTIMEO") { socket.send_string(last) }
      sent += 1
    end
    { sent: sent }
  rescue Refusal => e
    e.error[:sent] = sent if sent
  raise
  end

  def op_recv(request)
    socket = find(request)
    till = deadline(request, get(socket, "RCVTIMEO"))
    count = request[:count]
    messages = []
    begin
      messages << receive(socket, till) while messages.size < (count || 1)
    rescue Refusal => e # what came before it is not lost
      raise if count.nil? || messages.empty? && e.error[:code] != "EAGAIN"
    end
    count ? { messages: messages } : { frames: messages.first }
  end

  { subscribe: ZMQ::SUBSCRIBE, unsubscribe: ZMQ::UNSUBSCRIBE }.each do |op, option|
    define_method("op_#{op}") do |request|
      check(find(request).setsockopt(option, bytes(request.fetch(:topic))))
    end
  end

  def op_poll(request)
    events = { "in" => ZMQ::POLLIN, "out" => ZMQ::POLLOUT }.fetch(request.fetch(:events))
    poller = ZMQ::Poller.new
    poller.register(find(request), events)
    { ready: check(poller.poll(left(deadline(request)))).positive? }
  end

  def op_close(request)
    socket = find(request)
    @lingers ||= get(socket, "LINGER") != 0
    @sockets.delete(request[:socket]).close
  end

  # A new context; the end of the old one waits until its last socket is gone.
  def op_reset(_request)
    refuse("other", "a closed socket lingers, start me anew") if @lingers

    @sockets.each_value { |socket| set(socket, "LINGER", 0) && socket.close }
    @context.terminate
    initialize
  end

  def op_exit(_request) = @ended = true

  def find(request)
    name = request.fetch(:socket)
    @sockets[name] or refuse("bad-request", "there is no socket #{name}")
  end

  def number(option)
    refuse("unsupported", "no option #{option}") unless OPTIONS.include?(option)

    option == "ROUTING_ID" ? ZMQ::IDENTITY : ZMQ.const_get(option)
  end

  def set(socket, option, value)
    value = bytes(value) if option == "ROUTING_ID"
    kind = ZMQ::StringSocketOptions.include?(number(option)) ? String : Integer
    refuse("bad-request", "#{option} is a #{kind}") unless value.is_a?(kind)

    check(socket.setsockopt(number(option), kind == String ? value.b : value))
  end

  def get(socket, option)
    check(socket.getsockopt(number(option), got = []))
    return describe(got.first) if option == "ROUTING_ID"

    got.first.is_a?(String) ? got.first.delete("\0") : got.first
  end

  def receive(socket, till)
    frames = []
    within(till, socket, "RCVTIMEO") { socket.recv_strings(frames) }
    frames.map { |frame| describe(frame) }
  end

  # Waits with the socket's own timeout, not with a poll, which doesn't know that a REQ may not
  # receive at all.
  def within(till, socket, timeout)
    own = get(socket, timeout)
    set(socket, timeout, left(till))
    check(yield)
  ensure
    set(socket, timeout, own)
  end
end

# The response to a line.
def answer(agent, line)
  request = JSON.parse(line, symbolize_names: true)
  id = request[:id] if request.is_a?(Hash) && request[:id].is_a?(Numeric)
  refuse("bad-request", "a request is an object with a number, its id") unless id
  { id: id, ok: agent.perform(request) }
rescue Refusal => e
  { id: id, error: e.error }
rescue *NONSENSE => e
  { id: id, error: { code: "bad-request", message: e.message } }
end

agent = Agent.new
$stdout.sync = true
$stdin.each_line do |line|
  puts answer(agent, line).to_json
  break if agent.ended
end
exit!(0) # waits neither for a closed socket that lingers nor for the context
