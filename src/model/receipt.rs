//! What became of a status's way to other servers.

/// How many servers a status was for, and those that do not have it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    pub servers: usize,
    /// (domain, why), by name.
    pub refused: Vec<(String, String)>,
    /// Domains that are still to get it.
    pub trying: Vec<String>,
}

impl Receipt {
    /// How many have it.
    pub fn delivered(&self) -> usize {
        let without = self.refused.iter().map(|(domain, _)| domain).chain(&self.trying);
        let mut distinct: Vec<&String> = Vec::new();
        for domain in without {
            if !distinct.contains(&domain) {
                distinct.push(domain);
            }
        }
        self.servers.saturating_sub(distinct.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_counts_once() {
        let receipt = Receipt {
            servers: 5,
            refused: vec![("a.example".into(), "answers 403".into())],
            trying: vec!["a.example".into(), "b.example".into()],
        };
        assert_eq!(receipt.delivered(), 3);
    }
}
