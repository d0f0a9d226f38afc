//! The three mechanisms, for cases that are the same under each. Whoever binds is the server.

use serde_json::{Value, json};

use super::needs::Needs;
use super::security::Keys;
use super::sides::Sides;
use super::step::{A, B, Step};

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    Null,
    Plain,
    Curve,
}

impl Mechanism {
    /// What either side needs, which may be client or server.
    pub const fn needs(self, needs: Needs) -> Needs {
        match self {
            Mechanism::Null => needs,
            Mechanism::Plain => needs.mechanisms(&["PLAIN"]).features(&["zap"]),
            Mechanism::Curve => needs.mechanisms(&["CURVE"]),
        }
    }

    /// The options of the two sides; the server lets the client in.
    pub fn options(self, sides: &mut Sides) -> Step<[Value; 2]> {
        let (client, server) = if sides.flip { (B, A) } else { (A, B) };
        let [client, server] = match self {
            Mechanism::Null => [json!({}), json!({})],
            Mechanism::Plain => {
                let allow = json!({"plain": {"admin": "secret"}});
                sides.post(server, json!({"op": "zap", "allow": allow}))?;
                let admin = json!({"PLAIN_USERNAME": "admin", "PLAIN_PASSWORD": "secret"});
                [admin, json!({"PLAIN_SERVER": 1})]
            }
            Mechanism::Curve => {
                let (ours, theirs) = (Keys::new(sides, client)?, Keys::new(sides, server)?);
                [ours.client(&theirs), theirs.server()]
            }
        };
        Ok(if sides.flip { [server, client] } else { [client, server] })
    }
}
