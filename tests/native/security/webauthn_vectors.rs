//! The test vectors of WebAuthn itself (<https://www.w3.org/TR/webauthn-3/#sctn-test-vectors>), of ES256 without and with
//! self-attestation.

use sha2::{Digest, Sha256};
use sori::model::webauthn::{Algorithm, Refusal, assertion, ecdsa_numbers, registration};
use sori::platform::native::Crypto;

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn rp() -> [u8; 32] {
    Sha256::digest(b"example.org").into()
}

fn verifies(key: &[u8], data: &[u8], client: &str, signature: &[u8]) -> bool {
    let signed = [data, &Sha256::digest(unhex(client))].concat();
    let numbers = ecdsa_numbers(signature).unwrap();
    pollster::block_on(Crypto::default().p256_verify(key, &signed, &numbers)).unwrap()
}

const NONE: &str = "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220";
const DATA: &str = "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000";
const CLIENT: &str = "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d";
const SIGNATURE: &str = "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87";

#[test]
fn a_key_without_attestation_verifies_its_signature() {
    let mut object = unhex(NONE);
    // Nobody was verified in it, which we ask for.
    assert_eq!(registration(&object, &rp()), Err(Refusal::NotVerified));
    assert_eq!(assertion(&unhex(DATA), &rp()), Err(Refusal::NotVerified));
    // Nothing has signed the flags of a registration: the key is as good with this one.
    let flags = 30 + 32;
    assert_eq!(object[flags], 0x59);
    object[flags] |= 4;
    let new = registration(&object, &rp()).unwrap();
    assert_eq!((new.key.algorithm, new.counter, new.signature), (Algorithm::Es256, 0, None));
    assert_eq!(new.id, unhex("f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4"));
    assert!(verifies(&new.key.bytes, &unhex(DATA), CLIENT, &unhex(SIGNATURE)));
    let mut other = unhex(DATA);
    other[32] |= 4;
    assert_eq!(assertion(&other, &rp()), Ok(0));
    assert!(!verifies(&new.key.bytes, &other, CLIENT, &unhex(SIGNATURE)));
    assert_eq!(registration(&object, &[0; 32]), Err(Refusal::OtherServer));
}

#[test]
fn a_self_attestation_verifies() {
    let object = unhex(
        "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
    );
    let client = "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a205539685458764b453255526b4d6e625f307859485667227d";
    let new = registration(&object, &rp()).unwrap();
    assert!(verifies(&new.key.bytes, new.data, client, new.signature.unwrap()));
    assert!(!verifies(&new.key.bytes, new.data, CLIENT, new.signature.unwrap()));
}
