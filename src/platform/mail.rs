//! Mails, the same for both platforms.

/// A mail of plain text to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub from: String,
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl Letter {
    /// As Cloudflare's Email Service and other providers take it: `{"from", "to", "subject", "text"}`.
    pub fn to_json(&self) -> String {
        serde_json::json!({"from": self.from, "to": self.to, "subject": self.subject, "text": self.text})
            .to_string()
    }
}
