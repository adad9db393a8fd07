//! Ways to sign in.

/// By which proof somebody has signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Password,
    /// The password and a code of an app.
    Code,
    /// The password and a recovery code.
    RecoveryCode,
    Passkey,
    /// The set-up of the server, which asks for its own code.
    SetUp,
    /// Signing up.
    SignUp,
}

impl Way {
    const ALL: [Self; 6] =
        [Self::Password, Self::Code, Self::RecoveryCode, Self::Passkey, Self::SetUp, Self::SignUp];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::RecoveryCode => "recovery code",
            Self::Passkey => "passkey",
            Self::SetUp => "set-up",
            Self::SignUp => "sign-up",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == text)
    }
}
