//! Socket types and options.

use serde_json::{Value, json};

use super::data::as_told;
use super::{Liar, Lie};

impl Liar {
    pub fn option_asked(&mut self, op: &str, kind: &str, request: &mut Value) -> Option<Value> {
        match (op, self.lie) {
            ("socket", _) => self.opened(kind, request),
            ("set", Lie::Forget) if request["option"] == *self.at => {
                self.socket(request).forgotten = Some(request["value"].clone());
                Some(json!({}))
            }
            ("get", Lie::Forget | Lie::Third | Lie::Double | Lie::Thrice)
                if request["option"] == *self.at =>
            {
                let value = self.socket(request).forgotten.as_ref()?;
                Some(json!({"value": as_told(value)}))
            }
            ("set", Lie::Half) if request["option"] == *self.at => {
                halve(&mut request["value"]);
                None
            }
            ("set", _) if request["option"] == *self.at => {
                let scaled = self.scaled(&request["value"])?;
                let given = std::mem::replace(&mut request["value"], scaled);
                self.socket(request).forgotten = Some(given);
                None
            }
            _ => None,
        }
    }

    /// A number that is smaller or larger than it should be, where that is the lie.
    pub fn scaled(&self, value: &Value) -> Option<Value> {
        let number = value.as_u64()?;
        match self.lie {
            Lie::Third => Some((number / 3).into()),
            Lie::Double => Some((number * 2).into()),
            Lie::Thrice => Some((number * 3).into()),
            _ => None,
        }
    }

    fn opened(&mut self, kind: &str, request: &mut Value) -> Option<Value> {
        let given = |request: &Value, at: &str| request["options"].get(at).cloned();
        match (self.lie, kind) {
            (Lie::OtherType, kind) => {
                request["type"] = if kind == "PAIR" { "DEALER" } else { "PAIR" }.into();
                // Its options are those of the right type.
                request["options"] = json!({});
            }
            (Lie::OneType, _) => request["type"] = self.at.clone().into(),
            (Lie::NoDelimiter, "REQ") | (Lie::ForgetEnvelope, "REP") => {
                request["type"] = "DEALER".into();
            }
            (Lie::Lenient, "REQ" | "REP") => request["type"] = "DEALER".into(),
            (Lie::Starve, "REP") => request["type"] = "ROUTER".into(),
            (Lie::Block, "REP") => {
                request["type"] = "ROUTER".into();
                request["options"]["ROUTER_MANDATORY"] = 1.into();
            }
            (Lie::WrongClient, "REP") => request["type"] = "ROUTER".into(),
            (Lie::Forget, _) => {
                let value = given(request, &self.at)?;
                request["options"].as_object_mut()?.remove(&self.at);
                self.socket(request).forgotten = Some(value);
            }
            (Lie::Force, kind) => {
                let (option, value) = self.at.split_once('=')?;
                let only = [("ROUTER_", "ROUTER"), ("XPUB_", "XPUB")];
                let fits = |(of, only): &(&str, &str)| option.starts_with(of) && kind != *only;
                if !only.iter().any(fits) {
                    request["options"][option] = value.parse::<i64>().ok()?.into();
                }
            }
            (Lie::Third | Lie::Double | Lie::Thrice, _) => {
                let value = given(request, &self.at)?;
                request["options"][&self.at] = self.scaled(&value)?;
                self.socket(request).forgotten = Some(value);
            }
            (Lie::Half, _) => halve(request["options"].get_mut(&self.at)?),
            (Lie::DeafWith, _) => {
                let marked = given(request, &self.at).is_some();
                self.socket(request).marked = marked;
            }
            (Lie::Bare, _) => request["options"] = json!({}),
            (Lie::Everything, "XPUB") => request["options"]["XPUB_MANUAL"] = 1.into(),
            (Lie::Block, "PUB" | "XPUB") => {
                request["options"]["SNDHWM"] = 5.into();
                request["options"]["XPUB_NODROP"] = 1.into();
            }
            (Lie::NoCurve, _) => {
                let options = request["options"].as_object_mut()?;
                options.retain(|option, _| !option.starts_with("CURVE_"));
            }
            _ => {}
        }
        None
    }
}

/// The first half of a text.
fn halve(value: &mut Value) {
    let text = value.as_str().unwrap_or_default();
    *value = text[..text.len() / 2].into();
}
