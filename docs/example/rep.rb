# rep: answers each message with its SHA-1. A worked example of docs/role-contract.md.
require "digest"
require "ffi-rzmq"
require "json"

def stop(status, words)
  (status.zero? ? $stdout : $stderr).puts words
  exit status
end

usage = "usage: ruby rep.rb [endpoint]"
stop 0, usage if %w[-h --help].include?(ARGV.first)
stop 2, usage if ARGV.size > 1
endpoint = ARGV.fetch(0, "tcp://127.0.0.1:5556")
events = ENV["INTEROP_EVENTS"] == "1"
count = ENV.fetch("INTEROP_COUNT", "")
stop 2, "ruby rep: INTEROP_COUNT must be a number, not '#{count}'" unless count.match?(/\A\d*\z/)
$stdout.sync = true
%w[INT TERM].each { |signal| trap(signal, "SYSTEM_DEFAULT") }

# D, the description of a message: its content up to 1024 bytes, its SHA-1 always.
def describe(data)
  d = { size: data.bytesize, sha1: Digest::SHA1.hexdigest(data) }
  d[:hex] = data.unpack1("H*") if data.bytesize <= 1024
  d
end

# Bytes as a person sees them: nothing that could disturb a terminal.
def shown(data)
  text = data.byteslice(0, 1024).force_encoding("UTF-8")
  text = text.scrub { |bytes| bytes.unpack("C*").map { |b| format('\x%02x', b) }.join }
  text = text.gsub(/[\x00-\x1f\x7f]/) { |c| format('\x%02x', c.ord) }
  data.bytesize > 1024 ? "#{text}... (#{data.bytesize} bytes)" : text
end

event = lambda do |name, fields|
  puts({ event: name, pid: Process.pid, **fields }.to_json) if events
end
sentence = ->(text) { puts text unless events }

context = ZMQ::Context.new
rep = context.socket(ZMQ::REP)
unless rep.bind(endpoint).zero?
  stop 1, "ruby rep: cannot bind #{endpoint}: #{ZMQ::Util.error_string}"
end
rep.getsockopt(ZMQ::LAST_ENDPOINT, real = [])
event["ready", { endpoints: [real.first.delete("\0")] }]

replies = 0
while count.empty? || replies < count.to_i
  rep.recv_strings(frames = [])
  request = frames.join.b
  event["received", { data: describe(request) }]
  sentence["ruby: received '#{shown(request)}' from client."]
  reply = Digest::SHA1.hexdigest(request)
  rep.send_string(reply)
  event["replied", { data: describe(reply) }]
  sentence["ruby (pid=#{Process.pid}): sending back sha1 of the received data: #{reply}"]
  replies += 1
end
rep.close # the last reply leaves before the context ends
context.terminate
