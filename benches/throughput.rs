//! `make bench`: rep and msgqueue of every language that is here, side by side in one run. The subjects
//! take turns in each round, so that a machine whose speed drifts is unfair to nobody; the median of the
//! rounds is printed. A whole process is measured, with the events that a harness reads.
//! `cargo bench --bench throughput -- rust c` takes only these peers.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use zmq_interop::peer::Peer;
use zmq_interop::peer::discovery::{self, Found};
use zmq_interop::role::Role;

const ROUNDS: usize = 5;
const WINDOWS: [usize; 2] = [1, 100];

/// How long one measurement takes.
const SPAN: Duration = Duration::from_millis(400);

/// A request of a usual size, in bytes.
const BODY: [u8; 32] = [b'x'; 32];

struct Subject {
    role: Role,
    name: String,
    process: Child,
    endpoint: String,
    /// Requests per second for each window, a figure a round.
    rates: [Vec<f64>; 2],
    /// Round trips at window 1, in µs.
    latencies: Vec<f64>,
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn main() {
    // `cargo test --benches` wants to know whether it builds, not how fast it is.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let context = zmq::Context::new();
    let declared = discovery::declared(&[]).expect("our own manifest is right");
    // Cargo adds `--bench`.
    let named: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wanted = |f: &Found| named.is_empty() || named.contains(&f.peer.name);
    let found = discovery::find(declared).into_iter().filter(|f| f.state.is_ok() && wanted(f));
    let found: Vec<_> = found.collect();
    let start =
        |role| found.iter().filter(move |f| f.peer.has(role)).map(move |f| subject(role, &f.peer));
    let mut subjects: Vec<Subject> = start(Role::Rep).chain(start(Role::Msgqueue)).collect();
    for queue in subjects.iter_mut().filter(|s| s.role == Role::Msgqueue) {
        let (front, back) = queue.endpoint.split_once(' ').expect("a msgqueue binds two endpoints");
        worker(&context, back);
        queue.endpoint = front.to_owned();
    }
    for round in 0..ROUNDS {
        eprintln!("round {} of {ROUNDS}", round + 1);
        for subject in &mut subjects {
            for (n, window) in WINDOWS.into_iter().enumerate() {
                let (rate, mut times) = measure(&context, &subject.endpoint, window);
                subject.rates[n].push(rate);
                if window == 1 {
                    subject.latencies.append(&mut times);
                }
            }
        }
    }
    println!(
        "| role | peer | requests/s, window 1 | requests/s, window 100 | latency median, µs | latency 99 %, µs |"
    );
    println!("|---|---|--:|--:|--:|--:|");
    for subject in &mut subjects {
        let [one, hundred] = &mut subject.rates;
        println!(
            "| {} | {} | {:.0} | {:.0} | {:.0} | {:.0} |",
            subject.role,
            subject.name,
            quantile(one, 0.5),
            quantile(hundred, 0.5),
            quantile(&mut subject.latencies, 0.5),
            quantile(&mut subject.latencies, 0.99),
        );
    }
}

fn subject(role: Role, peer: &Peer) -> Subject {
    let any = vec!["tcp://127.0.0.1:*".to_owned(); role.parameters().len()];
    let words = peer.argv(&peer.commands[&role], &any, &[]);
    let mut process = Command::new(&words[0])
        .args(&words[1..])
        .current_dir(&peer.dir)
        .env("INTEROP_EVENTS", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a peer that is here can be started");
    let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
    let ready = lines.next().expect("it prints ready").expect("as text");
    let ready: serde_json::Value = serde_json::from_str(&ready).expect("as JSON");
    let endpoints = ready["endpoints"].as_array().expect("with endpoints");
    let endpoint = endpoints.iter().filter_map(|e| e.as_str()).collect::<Vec<_>>().join(" ");
    // Its events are read and dropped, so that it never waits for us.
    std::thread::spawn(move || lines.for_each(drop));
    let (rates, latencies) = Default::default();
    Subject { role, name: peer.name.clone(), process, endpoint, rates, latencies }
}

/// What stands behind each msgqueue: the same echo for all, in this process.
fn worker(context: &zmq::Context, backend: &str) {
    let rep = context.socket(zmq::REP).expect("a socket");
    rep.connect(backend).expect("the backend");
    std::thread::spawn(move || {
        while let Ok(request) = rep.recv_msg(0) {
            if rep.send(request, 0).is_err() {
                break;
            }
        }
    });
}

/// Requests per second with `window` of them on their way at any time, and each one's time in µs.
fn measure(context: &zmq::Context, endpoint: &str, window: usize) -> (f64, Vec<f64>) {
    let dealer = context.socket(zmq::DEALER).expect("a socket");
    dealer.set_linger(0).expect("an option");
    dealer.set_rcvtimeo(10_000).expect("an option");
    dealer.connect(endpoint).expect("the endpoint");
    let ask = || dealer.send_multipart([&b""[..], &BODY], 0).expect("a request leaves");
    let answer = || dealer.recv_multipart(0).expect("a reply comes");
    ask();
    answer(); // connected and warm
    let start = Instant::now();
    let mut asked = std::collections::VecDeque::new();
    for _ in 0..window {
        asked.push_back(Instant::now());
        ask();
    }
    let mut times = vec![];
    while start.elapsed() < SPAN {
        answer();
        let since = asked.pop_front().expect("as many as the window");
        times.push(since.elapsed().as_secs_f64() * 1e6);
        asked.push_back(Instant::now());
        ask();
    }
    let rate = times.len() as f64 / start.elapsed().as_secs_f64();
    (0..window).for_each(|_| drop(answer()));
    (rate, times)
}

fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(((values.len() - 1) as f64 * q) as usize).copied().unwrap_or(f64::NAN)
}
