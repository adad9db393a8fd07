//! Addresses of callers, as rate limits count them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses that one person usually has: an IPv4 address, or an IPv6 /64 network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(IpAddr);

impl Address {
    /// Parses an address; all invalid ones are counted together. An IPv4-mapped IPv6 address is the IPv4
    /// address.
    pub fn parse(text: &str) -> Self {
        let address = text.trim().parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Self(narrowed(address.to_canonical(), 32, 64))
    }

    /// The larger network, of which one person may have many such groups: /24 of IPv4, /48 of IPv6.
    pub fn network(self) -> Self {
        Self(narrowed(self.0, 24, 48))
    }

    /// As text, such as `192.0.2.1` or `2001:db8:1:2::`.
    pub fn to_text(self) -> String {
        self.0.to_string()
    }
}

/// A network as it is blocked: an address and how many of its bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// `192.0.2.0/24`, `2001:db8::/32`, or one address. What is beyond the bits counts for nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(a, b)| (a, Some(b)));
        let address = address.parse::<IpAddr>().ok()?.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|n| *n <= most)?,
            None => most,
        };
        let v4 = if address.is_ipv4() { bits } else { 32 };
        Some(Self { address: narrowed(address, v4, bits), bits })
    }

    /// Whether a caller is of it. Callers with IPv6 are known by their /64: a smaller network is one of these.
    pub fn contains(self, caller: Address) -> bool {
        match (self.address, caller.0) {
            (IpAddr::V4(_), IpAddr::V4(_)) => narrowed(caller.0, self.bits, 0) == self.address,
            (IpAddr::V6(_), IpAddr::V6(_)) => {
                let bits = self.bits.min(64);
                narrowed(caller.0, 0, bits) == narrowed(self.address, 0, bits)
            }
            _ => false,
        }
    }

    /// Whether it is more than one provider has.
    pub fn is_large(self) -> bool {
        self.bits < if self.address.is_ipv4() { 8 } else { 16 }
    }

    pub fn to_text(self) -> String {
        format!("{}/{}", self.address, self.bits)
    }
}

/// The address with all bits zero after the first ones.
fn narrowed(address: IpAddr, v4: u32, v6: u32) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & u32::MAX.unbounded_shl(32 - v4)))
        }
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & u128::MAX.unbounded_shl(128 - v6)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_caller() {
        let text = |ip: &str| Address::parse(ip).to_text();
        assert_eq!(text("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(Address::parse("2001:db8:1:2::9"), Address::parse("2001:DB8:1:2:ffff::"));
        assert_ne!(Address::parse("2001:db8:1:2::9"), Address::parse("2001:db8:1:3::9"));
        assert_eq!(text("192.0.2.7"), "192.0.2.7");
        assert_eq!(text("::ffff:192.0.2.7"), "192.0.2.7");
        assert_ne!(Address::parse("192.0.2.7"), Address::parse("192.0.2.8"));
        // Invalid addresses share one counter.
        for odd in ["", "x", "192.0.2.7, 192.0.2.8", "192.0.2.256", "1"] {
            assert_eq!(text(odd), "0.0.0.0", "{odd}");
        }
    }

    #[test]
    fn a_block_is_of_a_network() {
        for (text, stored) in [
            ("192.0.2.7", "192.0.2.7/32"),
            ("192.0.2.7/32", "192.0.2.7/32"),
            ("2001:db8::1/128", "2001:db8::1/128"),
            ("192.0.2.7/24", "192.0.2.0/24"),
            (" 2001:DB8::1/32 ", "2001:db8::/32"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            assert_eq!(Network::parse(text).map(Network::to_text).as_deref(), Some(stored), "{text}");
        }
        for bad in ["", "x", "192.0.2.7/33", "192.0.2.7/-1", "192.0.2/24", "2001:db8::/129", "192.0.2.7/24/8"]
        {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
        let contains =
            |network: &str, address: &str| Network::parse(network).unwrap().contains(Address::parse(address));
        assert!(contains("192.0.2.0/24", "192.0.2.200") && !contains("192.0.2.0/24", "192.0.3.1"));
        assert!(contains("0.0.0.0/0", "192.0.2.1") && !contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("2001:db8::/32", "2001:db8:5::9") && !contains("2001:db8::/32", "2001:db9::1"));
        assert!(contains("2001:db8::9", "2001:db8::77") && !contains("2001:db8::9", "2001:db8:0:1::9"));
    }

    #[test]
    fn networks() {
        let network = |ip: &str| Address::parse(ip).network().to_text();
        assert_eq!(network("192.0.2.7"), "192.0.2.0");
        assert_eq!(network("2001:db8:1:2::9"), "2001:db8:1::");
        assert_eq!(Address::parse(&network("2001:db8:1:2::9")).network().to_text(), "2001:db8:1::");
    }
}
