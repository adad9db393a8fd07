//! JSON values, built small. [`json!`](crate::json!) is written as serde_json's macro of that name; behind it stand
//! one list of pairs and one loop, where serde_json's writes out an insertion for each key: a twentieth of the module.

use serde_json::{Map, Value};

/// What may stand as a value in [`json!`](crate::json!).
pub trait ToJson {
    fn to_json(&self) -> Value;
}

impl ToJson for Value {
    fn to_json(&self) -> Value {
        self.clone()
    }
}

impl ToJson for Map<String, Value> {
    fn to_json(&self) -> Value {
        Value::Object(self.clone())
    }
}

impl ToJson for str {
    fn to_json(&self) -> Value {
        Value::String(self.to_owned())
    }
}

impl ToJson for String {
    fn to_json(&self) -> Value {
        Value::String(self.clone())
    }
}

impl ToJson for bool {
    fn to_json(&self) -> Value {
        Value::Bool(*self)
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl ToJson for $number {
            fn to_json(&self) -> Value {
                Value::from(*self)
            }
        }
    )*};
}
numbers!(i32, i64, u16, u32, u64, usize, f64);

impl<T: ToJson + ?Sized> ToJson for &T {
    fn to_json(&self) -> Value {
        (**self).to_json()
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn to_json(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_json)
    }
}

impl<T: ToJson> ToJson for [T] {
    fn to_json(&self) -> Value {
        Value::Array(self.iter().map(T::to_json).collect())
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn to_json(&self) -> Value {
        self.as_slice().to_json()
    }
}

impl<T: ToJson, const N: usize> ToJson for [T; N] {
    fn to_json(&self) -> Value {
        self.as_slice().to_json()
    }
}

impl<A: ToJson, B: ToJson> ToJson for (A, B) {
    fn to_json(&self) -> Value {
        Value::Array(vec![self.0.to_json(), self.1.to_json()])
    }
}

impl<A: ToJson, B: ToJson, C: ToJson> ToJson for (A, B, C) {
    fn to_json(&self) -> Value {
        Value::Array(vec![self.0.to_json(), self.1.to_json(), self.2.to_json()])
    }
}

/// An object of these pairs, whose values are taken.
#[inline(never)]
pub fn object(pairs: &mut [(&str, Value)]) -> Value {
    let mut map = Map::new();
    for (key, value) in pairs {
        map.insert((*key).to_owned(), value.take());
    }
    Value::Object(map)
}

/// An array of these values, which are taken.
#[inline(never)]
pub fn array(values: &mut [Value]) -> Value {
    Value::Array(values.iter_mut().map(Value::take).collect())
}

/// Values as an array, as `collect` would have it in twice the bytes.
pub trait AsList: Iterator<Item = Value> + Sized {
    fn list(self) -> Value {
        let mut all = Vec::new();
        for value in self {
            all.push(value);
        }
        Value::Array(all)
    }
}

impl<I: Iterator<Item = Value>> AsList for I {}

/// A JSON value, written as JSON: `json!({"id": id.to_string(), "tags": []})`. A key that is not a literal stands in
/// parentheses.
#[macro_export]
macro_rules! json {
    (@object [$($out:tt)*]) => { $crate::json::object(&mut [$($out)*]) };
    (@object [$($out:tt)*] $key:tt : null $(, $($rest:tt)*)?) => {
        $crate::json!(@object [$($out)* ($key, ::serde_json::Value::Null),] $($($rest)*)?)
    };
    (@object [$($out:tt)*] $key:tt : [$($inner:tt)*] $(, $($rest:tt)*)?) => {
        $crate::json!(@object [$($out)* ($key, $crate::json!([$($inner)*])),] $($($rest)*)?)
    };
    (@object [$($out:tt)*] $key:tt : {$($inner:tt)*} $(, $($rest:tt)*)?) => {
        $crate::json!(@object [$($out)* ($key, $crate::json!({$($inner)*})),] $($($rest)*)?)
    };
    (@object [$($out:tt)*] $key:tt : $value:expr $(, $($rest:tt)*)?) => {
        $crate::json!(@object [$($out)* ($key, $crate::json::ToJson::to_json(&$value)),] $($($rest)*)?)
    };
    (@array [$($out:tt)*]) => { $crate::json::array(&mut [$($out)*]) };
    (@array [$($out:tt)*] null $(, $($rest:tt)*)?) => {
        $crate::json!(@array [$($out)* ::serde_json::Value::Null,] $($($rest)*)?)
    };
    (@array [$($out:tt)*] [$($inner:tt)*] $(, $($rest:tt)*)?) => {
        $crate::json!(@array [$($out)* $crate::json!([$($inner)*]),] $($($rest)*)?)
    };
    (@array [$($out:tt)*] {$($inner:tt)*} $(, $($rest:tt)*)?) => {
        $crate::json!(@array [$($out)* $crate::json!({$($inner)*}),] $($($rest)*)?)
    };
    (@array [$($out:tt)*] $value:expr $(, $($rest:tt)*)?) => {
        $crate::json!(@array [$($out)* $crate::json::ToJson::to_json(&$value),] $($($rest)*)?)
    };
    (null) => { ::serde_json::Value::Null };
    ([]) => { ::serde_json::Value::Array(::std::vec::Vec::new()) };
    ([$($inner:tt)+]) => { $crate::json!(@array [] $($inner)+) };
    ({}) => { ::serde_json::Value::Object(::serde_json::Map::new()) };
    ({$($inner:tt)+}) => { $crate::json!(@object [] $($inner)+) };
    ($value:expr) => { $crate::json::ToJson::to_json(&$value) };
}

#[cfg(test)]
mod tests {
    #[test]
    fn says_what_serde_json_says() {
        let (name, none, list) = ("x".to_owned(), None::<i64>, vec![1i64, 2]);
        let key = "dynamic";
        let small = crate::json!({
            "a": null, "b": [1, [2], {"c": true}, null], "d": {"e": {}, "f": []}, "name": name, "none": none,
            "list": list, "sum": 1 + 2, "call": [1, 2].concat_it(), (key): 1.5, "some": Some("y"), "pair": ("a", 1),
            "if": if name.is_empty() { crate::json!(null) } else { crate::json!("full") },
        });
        let large = serde_json::json!({
            "a": null, "b": [1, [2], {"c": true}, null], "d": {"e": {}, "f": []}, "name": name, "none": none,
            "list": list, "sum": 1 + 2, "call": 3, key: 1.5, "some": Some("y"), "pair": ("a", 1), "if": "full",
        });
        assert_eq!(small, large);
    }

    trait ConcatIt {
        fn concat_it(&self) -> i64;
    }

    impl ConcatIt for [i64; 2] {
        fn concat_it(&self) -> i64 {
            self.iter().sum()
        }
    }
}
