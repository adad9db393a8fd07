//! What verifying costs in CPU time, against a password: both natively, in one run.

use std::time::{Duration, Instant};

use sha2::Sha256;
use sori::platform::native::Crypto;

use crate::authenticator::{Authenticator, Key, rsa_key};

/// The shortest time of some runs, which others on the machine lengthen least.
fn shortest(mut run: impl FnMut()) -> Duration {
    let time = |run: &mut dyn FnMut()| {
        let began = Instant::now();
        run();
        began.elapsed()
    };
    (0..30).map(|_| time(&mut run)).min().unwrap()
}

#[test]
fn the_verification_of_a_passkey_takes_little_of_the_time_of_a_password() {
    // As many rounds as on Workers: the native platform takes fewer, to keep tests fast.
    let rounds = sori::services::password::ITERATIONS;
    let password = shortest(|| {
        let mut out = [0; 32];
        pbkdf2::pbkdf2_hmac::<Sha256>(b"correct horse battery", &[7; 16], rounds, &mut out);
        assert_ne!(out, [0; 32]);
    });
    let crypto = Crypto::default();
    let data = [7; 69];
    let verify = |own: &Authenticator| {
        let signature = own.sign(&data);
        let numbers = sori::model::webauthn::ecdsa_numbers(&signature);
        let object = own.object(&own.registered());
        let rp = <[u8; 32]>::from(<Sha256 as sha2::Digest>::digest(b"a.example"));
        let key = sori::model::webauthn::registration(&object, &rp).unwrap().key.bytes;
        shortest(|| {
            let is_good = pollster::block_on(async {
                match &own.key {
                    Key::P256(_) => crypto.p256_verify(&key, &data, &numbers.unwrap()).await,
                    Key::Ed25519(_) => {
                        crypto.ed25519_verify(key.as_slice().try_into().unwrap(), &data, &signature).await
                    }
                    Key::Rsa(_) => crypto.rsa_verify(&key, &data, &signature).await,
                }
            });
            assert!(is_good.unwrap());
        })
    };
    let ed25519 = Key::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[2; 32]));
    for (name, key) in [("ES256", Authenticator::new(1).key), ("Ed25519", ed25519), ("RS256", rsa_key())] {
        let time = verify(&Authenticator { key, ..Authenticator::new(1) });
        let share = time.as_secs_f64() / password.as_secs_f64();
        println!("{name}: {time:?}, {:.1} % of {password:?}", share * 100.0);
        assert!(share < 0.25, "{name}: {time:?} of {password:?}");
    }
}
