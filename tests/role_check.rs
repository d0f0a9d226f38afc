//! `zmq-interop role-check` from outside: honest programs keep the contract, and each mistake of a program is
//! told in the words of the contract. Some mistakes are the liar's, others those of a script around an honest
//! program.

#[path = "liar/liar.rs"]
mod liar;
#[path = "liar/run.rs"]
mod run;

use std::process::{Command, ExitCode, Output};

use libtest_mimic::{Failed, Trial};
use zmq_interop::role::Role;

const TOOL: &str = env!("CARGO_BIN_EXE_zmq-interop");

fn main() -> ExitCode {
    // Each waits for seconds at a time, and needs no processor.
    run::main_by(16, || {
        let mut trials = vec![
            Trial::test("the_role_is_guessed_or_asked_for", guessed),
            Trial::test("an_honest_liar_is_no_liar", honest_liar),
        ];
        trials.extend(Role::ALL.map(|role| {
            Trial::test(format!("rust_keeps_the_contract/{role}"), move || keeps(role))
        }));
        let lies = LIES.iter().map(|&(lie, role, words)| {
            Trial::test(format!("lie/{lie}/{role}"), move || {
                let me = std::env::current_exe().unwrap().display().to_string();
                caught(role, &[&me, "--liar", lie, role], words)
            })
        });
        trials.extend(lies);
        let scripts = SCRIPTS.iter().map(|&(name, role, script, words)| {
            Trial::test(format!("script/{name}/{role}"), move || {
                caught(role, &["sh", "-c", script, "sh", TOOL, role], words)
            })
        });
        trials.extend(scripts);
        trials
    })
}

/// A lie of tests/liar, who tells it, and what is said of it.
const LIES: &[(&str, &str, &str)] = &[
    (
        "upper",
        "rep",
        "must be '7c4db1c7db942d98a6f885efd4de173acd3c789f' (40 bytes), and was '7C4DB1C7",
    ),
    ("newline", "rep", "the answer to 'psy oppa gangnam style' (22 bytes) must be"),
    ("lower", "mrep", "the answer to ' spaces around, UPPER"),
    ("trim", "mrep", "the answer to ' spaces around, UPPER"),
    ("claim", "rep", "the answer to 'psy oppa gangnam style' (22 bytes) must be '7c4db1c7"),
    ("misquote", "rep", "it must say that it replied"),
    ("contradict", "rep", "\"data\" contradicts itself"),
    ("not-json", "rep", "standard output is not an event of the role contract"),
    ("drop-tenth", "rep", "must come, and none came within"),
    ("swap", "msgqueue", "must arrive as it is, and came as"),
    ("trim", "msgqueue", "must arrive as it is, and came as"),
    ("lower-request", "msgqueue", "a request of the frames"),
    ("elsewhere", "msgqueue", "ready must name real endpoints, and at tcp://"),
    ("claim", "push", "it must send 'psy oppa gangnam style' (22 bytes), and sent"),
    ("misquote", "push", "it sent 'psy oppa gangnam style' (22 bytes), and told of"),
    ("mute", "push", "the message 'psy oppa gangnam style' (22 bytes) must come"),
    ("claim", "c", "it told of"),
    ("misquote", "mreq", "and it told of"),
    ("stale", "mreq", "it told of '"),
    (
        "any-answer",
        "mreq",
        "the answer was 'the answer to the next message' (30 bytes), and it told of 'the late",
    ),
    ("impatient", "c", "it must wait for an answer for one second, and sent again after"),
    ("never-resends", "c", "the event resent must come at once, and did not come within"),
    ("never-resends", "req", "the event resent must come at once, and did not come within"),
    ("resend-early", "c", "it must wait for an answer for one second, and sent again after"),
    ("resend-late", "c", "it must wait for an answer for one second, and sent again after"),
    ("resend-other", "c", "it must send the same bytes again, and sent others"),
    ("resend-mute", "mreq", "the message that it says it sent again must come, and none came"),
    ("resend-untold", "c", "the event resent must come at once, and did not come within"),
    ("sent-late", "c", "the event sent must come now"),
    ("no-pause", "c", "between an answer and the next message it must pause 300 ms, and paused"),
    ("exit-three", "mrep", "the event ready must come, and the program exited with 3"),
    ("ignore-term", "rep", "it must end at once on SIGTERM, and still ran"),
];

/// What a script makes of an honest program, whose command is `"$@"`, and what is said of it.
const SCRIPTS: &[(&str, &str, &str, &str)] = &[
    ("a-word-before-ready", "rep", r#"echo hello; exec "$@""#, "it printed hello"),
    (
        "lines-are-kept-back",
        "rep",
        r#""$@" | sed 's/^//'"#,
        "the event ready must come at once, and did not come within 20 s; each line must be flushed",
    ),
    (
        "another-pid",
        "mrep",
        r#""$@" | while IFS= read -r line; do echo "$line" | sed 's/"pid":[0-9]*/"pid":1/'; done"#,
        "\"pid\" must be the process id of the program",
    ),
    (
        "other-defaults",
        "c",
        r#"[ $# -gt 2 ] || set -- "$@" tcp://127.0.0.1:9; exec "$@""#,
        DEFAULTS,
    ),
    (
        "too-many-arguments-are-taken",
        "rep",
        r#"exec "$1" "$2" "${3-tcp://127.0.0.1:5556}""#,
        "must end at once: it got an argument too many, and still ran",
    ),
    (
        "wrong-usage-is-1",
        "c",
        r#"[ $# -le 3 ] || { echo "usage: c" >&2; exit 1; }; exec "$@""#,
        "must be answered with the usage on standard error and exit status 2; it exited with 1",
    ),
    (
        "no-help",
        "mrep",
        r#"[ "$3" != -h ] || exit 1; exec "$@""#,
        "-h must print the usage and end it with 0; it exited with 1",
    ),
    (
        "two-lines-of-an-error",
        "mreq",
        r#""$@" || { status=$?; echo oops >&2; exit $status; }"#,
        "must be one line on standard error that names it, and exit status 1; it exited with 1",
    ),
    (
        "any-number-will-do",
        "rep",
        r#"unset INTEROP_COUNT; exec "$@""#,
        "it must end at once: INTEROP_COUNT is 'x', and still ran",
    ),
    (
        "one-more",
        "mrep",
        r#"[ "$INTEROP_COUNT" != 2 ] || INTEROP_COUNT=3; exec "$@""#,
        "it must print nothing more after two replies with INTEROP_COUNT=2, and printed",
    ),
    (
        "one-more",
        "c",
        r#"[ "$INTEROP_COUNT" != 2 ] || INTEROP_COUNT=3; exec "$@""#,
        "with exit status 0 after two answers with INTEROP_COUNT=2",
    ),
    (
        "no-pause",
        "c",
        r#"[ "$INTEROP_INTERVAL_MS" != 300 ] || INTEROP_INTERVAL_MS=0; exec "$@""#,
        "between an answer and the next message it must pause 300 ms, and paused",
    ),
    (
        "another-sentence",
        "rep",
        r#""$@" | while IFS= read -r line; do case $line in *client.) line="$line.."; esac; printf '%s\n' "$line"; done"#,
        "rust: received 'psy oppa gangnam style' from client.\n    and reads\n    \
         rust: received 'psy oppa gangnam style' from client...",
    ),
    (
        "it-cannot-be-stopped",
        "msgqueue",
        r#"trap '' INT; exec "$@""#,
        "it must end at once on SIGINT, and still ran 6 s later",
    ),
    (
        "it-leaves-somebody",
        "rep",
        r#"sleep 1000 & exec "$@""#,
        "it ended and left a process behind: sleep 1000",
    ),
    (
        "it-prints-to-a-person",
        "push",
        r#"echo hello; exec "$@""#,
        "standard output is not an event of the role contract",
    ),
];

const DEFAULTS: &str =
    "without arguments it must connect to tcp://127.0.0.1:5556, and nobody came there";

/// Checks `command`, for `role` where there is one.
fn check(role: Option<&str>, command: &[&str]) -> Output {
    let mut tool = Command::new(TOOL);
    tool.arg("role-check").args(role).arg("--").args(command).env("NO_COLOR", "1");
    tool.output().unwrap()
}

fn said(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{err}")
}

fn must(holds: bool, output: &Output) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(format!("{}\n{}", output.status, said(output)).into()) }
}

fn keeps(role: Role) -> Result<(), Failed> {
    let output = check(None, &[TOOL, role.name()]);
    let kept = said(&output).ends_with(&format!("the {role} keeps the contract\n"));
    must(kept && output.status.code() == Some(0), &output)
}

fn caught(role: &str, command: &[&str], words: &str) -> Result<(), Failed> {
    let output = check(Some(role), command);
    let told = said(&output);
    // Somebody else may have the port that the program was to be seen at.
    let left_out = words == DEFAULTS && told.contains("not tried: tcp://127.0.0.1:5556");
    must(output.status.code() == Some(1) && (told.contains(words) || left_out), &output)
}

/// The liar has no usage and no sentences; what it is caught for elsewhere it does when it lies.
fn honest_liar() -> Result<(), Failed> {
    let me = std::env::current_exe().unwrap().display().to_string();
    for role in ["rep", "c", "msgqueue", "push"] {
        let output = check(Some(role), &[&me, "--liar", "honest", role]);
        let told = said(&output);
        must(LIES.iter().all(|(_, liar, words)| *liar != role || !told.contains(words)), &output)?;
    }
    Ok(())
}

fn guessed() -> Result<(), Failed> {
    let output = check(None, &["sh", "server.sh"]);
    let asks = "which role does it play?";
    let gives = "zmq-interop role-check rep -- sh server.sh";
    let told = said(&output);
    must(output.status.code() == Some(2) && told.contains(asks) && told.contains(gives), &output)?;
    let output = check(Some("server"), &["sh", "rep.sh"]);
    must(output.status.code() == Some(2) && said(&output).contains("msgqueue"), &output)?;
    let output = check(None, &["./no/such/rep.sh"]);
    let told = said(&output);
    must(output.status.code() == Some(1) && told.contains("it can't be started"), &output)
}
