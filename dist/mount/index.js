import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 706:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _run_mount_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(171);

process.exit(await (0,_run_mount_js__WEBPACK_IMPORTED_MODULE_0__/* .runMount */ .F)(process.env));

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 171:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  F: () => (/* binding */ runMount)
});

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/util.js

// functions
function assertEqual(val) {
    return val;
}
function assertNotEqual(val) {
    return val;
}
function toZod() {
    return (schema) => schema;
}
function assertIs(_arg) { }
function assertNever(_x) {
    throw new Error("Unexpected value in exhaustive check");
}
function assert(_) { }
function getEnumValues(entries) {
    const numericValues = Object.values(entries).filter((v) => typeof v === "number");
    const values = Object.entries(entries)
        .filter(([k, _]) => numericValues.indexOf(+k) === -1)
        .map(([_, v]) => v);
    return values;
}
function joinValues(array, separator = "|") {
    return array.map((val) => stringifyPrimitive(val)).join(separator);
}
function jsonStringifyReplacer(_, value) {
    if (typeof value === "bigint")
        return value.toString();
    return value;
}
// the accessor lives on a shared prototype: an own accessor makes every box a dictionary-mode object (~360 B and a slow load per read against ~100 B and an inlined getter here)
class Cached {
    constructor(getter) {
        this._getter = getter;
        this._value = undefined;
    }
    get value() {
        const getter = this._getter;
        if (getter !== undefined) {
            this._value = getter();
            this._getter = undefined;
        }
        return this._value;
    }
}
function cached(getter) {
    return new Cached(getter);
}
function nullish(input) {
    return input === null || input === undefined;
}
function cleanRegex(source) {
    const start = source.startsWith("^") ? 1 : 0;
    const end = source.endsWith("$") ? source.length - 1 : source.length;
    return source.slice(start, end);
}
function floatSafeRemainder(val, step) {
    const ratio = val / step;
    const roundedRatio = Math.round(ratio);
    // `val` and `step` each round to a double before the division rounds again, so a true decimal multiple's quotient can sit up to 1.5 of these scaled epsilons from the integer. A 1x tolerance therefore rejected 2.03 as a multiple of 0.07; 4x covers the worst case with margin.
    const tolerance = 4 * Number.EPSILON * Math.max(Math.abs(ratio), 1);
    if (Math.abs(ratio - roundedRatio) < tolerance)
        return 0;
    return ratio - roundedRatio;
}
const EVALUATING = /* @__PURE__*/ (/* unused pure expression or super */ null && (Symbol("evaluating")));
function defineLazy(object, key, getter) {
    let value = undefined;
    Object.defineProperty(object, key, {
        get() {
            if (value === EVALUATING) {
                // Circular reference detected, return undefined to break the cycle
                return undefined;
            }
            if (value === undefined) {
                value = EVALUATING;
                value = getter();
            }
            return value;
        },
        set(v) {
            Object.defineProperty(object, key, {
                value: v,
                // configurable: true,
            });
            // object[key] = v;
        },
        configurable: true,
    });
}
function objectClone(obj) {
    return Object.create(Object.getPrototypeOf(obj), Object.getOwnPropertyDescriptors(obj));
}
function util_assignProp(target, prop, value) {
    Object.defineProperty(target, prop, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
    });
}
/**
 * Whichever object a def's `shape` currently answers from: the one the caller passed until the first read, the frozen copy after it.
 *
 * Its keys and descriptors read without invoking anything, which is what lets a discriminated union check its discriminator, and the cycle walk read a shape, without resolving a getter that references the schema being constructed. A def that answers `shape` from an accessor of its own has none.
 */
function rawShape(def) {
    const desc = Object.getOwnPropertyDescriptor(def, "shape");
    return desc?.get ? desc.get.raw : desc?.value;
}
// where a builder reads its source's keys and descriptors, resolving only a shape a def answers for itself. A shape resolves by object spread, so only its enumerable keys are ever part of it.
function sourceShape(schema) {
    return rawShape(schema._zod.def) ?? schema._zod.def.shape;
}
// a key whose value is not settled yet, self-caching so every read after the first gets the same one
function deferProp(target, key, getter) {
    Object.defineProperty(target, key, {
        get() {
            const value = getter();
            util_assignProp(this, key, value);
            return value;
        },
        enumerable: true,
        configurable: true,
    });
}
// Writes a settled key. A plain assignment is much cheaper than `defineProperty` and produces the same descriptor, but it runs whatever setter already answers to the key — an accessor this shape deferred, or an inherited one, which `__proto__` has on every object and prototype pollution can add for any name.
function putProp(target, key, value) {
    if (key in target)
        util_assignProp(target, key, value);
    else
        target[key] = value;
}
/**
 * Copies `keys` of `source`'s shape onto `target`, each value passed through `wrap`.
 *
 * A key the source has resolved is copied through now, so the derived shape states it outright and nothing has to resolve it to learn what it holds. A key the source still defers stays deferred, and reads back through the source's own `shape`, so it resolves once and both shapes get that one schema.
 */
function mirrorShape(target, source, keys, wrap) {
    const raw = sourceShape(source);
    for (const key of keys) {
        const desc = Object.getOwnPropertyDescriptor(raw, key);
        if (!desc.enumerable)
            continue;
        if (desc.get) {
            deferProp(target, key, () => {
                const value = source._zod.def.shape[key];
                return wrap ? wrap(value, key) : value;
            });
        }
        else
            putProp(target, key, wrap ? wrap(desc.value, key) : desc.value);
    }
}
// same, for a plain shape a caller passed rather than a schema's
function mirrorProps(target, source) {
    for (const key of Reflect.ownKeys(source)) {
        const desc = Object.getOwnPropertyDescriptor(source, key);
        if (!desc.enumerable)
            continue;
        if (desc.get)
            deferProp(target, key, () => source[key]);
        else
            putProp(target, key, desc.value);
    }
}
function mergeDefs(...defs) {
    const mergedDescriptors = {};
    for (const def of defs) {
        const descriptors = Object.getOwnPropertyDescriptors(def);
        Object.assign(mergedDescriptors, descriptors);
    }
    return Object.defineProperties({}, mergedDescriptors);
}
function cloneDef(schema) {
    return mergeDefs(schema._zod.def);
}
function getElementAtPath(obj, path) {
    if (!path)
        return obj;
    return path.reduce((acc, key) => acc?.[key], obj);
}
function promiseAllObject(promisesObj) {
    const keys = Object.keys(promisesObj);
    const promises = keys.map((key) => promisesObj[key]);
    return Promise.all(promises).then((results) => {
        const resolvedObj = {};
        for (let i = 0; i < keys.length; i++) {
            resolvedObj[keys[i]] = results[i];
        }
        return resolvedObj;
    });
}
function randomString(length = 10) {
    const chars = "abcdefghijklmnopqrstuvwxyz";
    let str = "";
    for (let i = 0; i < length; i++) {
        str += chars[Math.floor(Math.random() * chars.length)];
    }
    return str;
}
function esc(str) {
    return JSON.stringify(str);
}
function slugify(input) {
    return input
        .toLowerCase()
        .trim()
        .replace(/[^\w\s-]/g, "")
        .replace(/[\s_-]+/g, "-")
        .replace(/^-+|-+$/g, "");
}
const captureStackTrace = ("captureStackTrace" in Error ? Error.captureStackTrace : (..._args) => { });
function util_isObject(data) {
    return typeof data === "object" && data !== null && !Array.isArray(data);
}
const util_allowsEval = /* @__PURE__*/ cached(() => {
    // Skip the probe under `jitless`: strict CSPs report the caught `new Function` as a `securitypolicyviolation` even though the throw is swallowed.
    if (globalConfig.jitless) {
        return false;
    }
    // @ts-ignore
    if (typeof navigator !== "undefined" && navigator?.userAgent?.includes("Cloudflare")) {
        return false;
    }
    try {
        const F = Function;
        new F("");
        return true;
    }
    catch (_) {
        return false;
    }
});
function isPlainObject(o) {
    if (util_isObject(o) === false)
        return false;
    // modified constructor
    const ctor = o.constructor;
    if (ctor === undefined)
        return true;
    if (typeof ctor !== "function")
        return true;
    // modified prototype
    const prot = ctor.prototype;
    if (util_isObject(prot) === false)
        return false;
    // ctor doesn't have static `isPrototypeOf`
    if (Object.prototype.hasOwnProperty.call(prot, "isPrototypeOf") === false) {
        return false;
    }
    return true;
}
function shallowClone(o) {
    if (isPlainObject(o))
        return { ...o };
    if (Array.isArray(o))
        return [...o];
    if (o instanceof Map)
        return new Map(o);
    if (o instanceof Set)
        return new Set(o);
    return o;
}
function numKeys(data) {
    let keyCount = 0;
    for (const key in data) {
        if (Object.prototype.hasOwnProperty.call(data, key)) {
            keyCount++;
        }
    }
    return keyCount;
}
const getParsedType = (data) => {
    const t = typeof data;
    switch (t) {
        case "undefined":
            return "undefined";
        case "string":
            return "string";
        case "number":
            return Number.isNaN(data) ? "nan" : "number";
        case "boolean":
            return "boolean";
        case "function":
            return "function";
        case "bigint":
            return "bigint";
        case "symbol":
            return "symbol";
        case "object":
            if (Array.isArray(data)) {
                return "array";
            }
            if (data === null) {
                return "null";
            }
            if (data.then && typeof data.then === "function" && data.catch && typeof data.catch === "function") {
                return "promise";
            }
            if (typeof Map !== "undefined" && data instanceof Map) {
                return "map";
            }
            if (typeof Set !== "undefined" && data instanceof Set) {
                return "set";
            }
            if (typeof Date !== "undefined" && data instanceof Date) {
                return "date";
            }
            // @ts-ignore
            if (typeof File !== "undefined" && data instanceof File) {
                return "file";
            }
            return "object";
        default:
            throw new Error(`Unknown data type: ${t}`);
    }
};
const propertyKeyTypes = /* @__PURE__*/ new Set(["string", "number", "symbol"]);
const primitiveTypes = /* @__PURE__*/ new Set([
    "string",
    "number",
    "bigint",
    "boolean",
    "symbol",
    "undefined",
]);
function escapeRegex(str) {
    return str.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
// zod-specific utils
function clone(inst, def, params) {
    const cl = new inst._zod.constr(def ?? inst._zod.def);
    if (!def || params?.parent)
        cl._zod.parent = inst;
    return cl;
}
function normalizeParams(_params) {
    const params = _params;
    if (!params)
        return {};
    if (typeof params === "string")
        return { error: () => params };
    if (params?.message !== undefined) {
        if (params?.error !== undefined)
            throw new Error("Cannot specify both `message` and `error` params");
        params.error = params.message;
    }
    delete params.message;
    if (typeof params.error === "string")
        return { ...params, error: () => params.error };
    return params;
}
function createTransparentProxy(getter) {
    let target;
    return new Proxy({}, {
        get(_, prop, receiver) {
            target ?? (target = getter());
            return Reflect.get(target, prop, receiver);
        },
        set(_, prop, value, receiver) {
            target ?? (target = getter());
            return Reflect.set(target, prop, value, receiver);
        },
        has(_, prop) {
            target ?? (target = getter());
            return Reflect.has(target, prop);
        },
        deleteProperty(_, prop) {
            target ?? (target = getter());
            return Reflect.deleteProperty(target, prop);
        },
        ownKeys(_) {
            target ?? (target = getter());
            return Reflect.ownKeys(target);
        },
        getOwnPropertyDescriptor(_, prop) {
            target ?? (target = getter());
            return Reflect.getOwnPropertyDescriptor(target, prop);
        },
        defineProperty(_, prop, descriptor) {
            target ?? (target = getter());
            return Reflect.defineProperty(target, prop, descriptor);
        },
    });
}
function stringifyPrimitive(value) {
    if (typeof value === "bigint")
        return value.toString() + "n";
    if (typeof value === "string")
        return `"${value}"`;
    return `${value}`;
}
function optionalKeys(shape) {
    return Object.keys(shape).filter((k) => {
        return shape[k]._zod.optin !== undefined && shape[k]._zod.optout === "optional";
    });
}
// Wrapped in a `@__PURE__` IIFE: esbuild never tree-shakes a top-level initializer that contains a member access on `Number`, so the bare object literal survived into every bundle.
const NUMBER_FORMAT_RANGES = /*@__PURE__*/ (() => ({
    safeint: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    int32: [-2147483648, 2147483647],
    uint32: [0, 4294967295],
    float32: [-3.4028234663852886e38, 3.4028234663852886e38],
    float64: [-Number.MAX_VALUE, Number.MAX_VALUE],
}))();
const BIGINT_FORMAT_RANGES = {
    int64: [/* @__PURE__*/ BigInt("-9223372036854775808"), /* @__PURE__*/ BigInt("9223372036854775807")],
    uint64: [/* @__PURE__*/ BigInt(0), /* @__PURE__*/ BigInt("18446744073709551615")],
};
function pick(schema, mask) {
    const currDef = schema._zod.def;
    const checks = currDef.checks;
    const hasChecks = checks && checks.length > 0;
    if (hasChecks) {
        throw new Error(".pick() cannot be used on object schemas containing refinements");
    }
    const newShape = {};
    mirrorShape(newShape, schema, maskedKeys(schema, mask));
    return clone(schema, mergeDefs(currDef, { shape: newShape, checks: [] }));
}
// the mask keys that select something, checked against the source's shape without resolving it
function maskedKeys(schema, mask) {
    const raw = sourceShape(schema);
    const keys = [];
    // `for...in` skips symbols, so a symbol in the mask would select nothing
    for (const key of Reflect.ownKeys(mask)) {
        if (!Object.getOwnPropertyDescriptor(raw, key)?.enumerable) {
            throw new Error(`Unrecognized key: "${String(key)}"`);
        }
        if (mask[key])
            keys.push(key);
    }
    return keys;
}
function omit(schema, mask) {
    const currDef = schema._zod.def;
    const checks = currDef.checks;
    const hasChecks = checks && checks.length > 0;
    if (hasChecks) {
        throw new Error(".omit() cannot be used on object schemas containing refinements");
    }
    const omitted = new Set(maskedKeys(schema, mask));
    const newShape = {};
    mirrorShape(newShape, schema, Reflect.ownKeys(sourceShape(schema)).filter((key) => !omitted.has(key)));
    return clone(schema, mergeDefs(currDef, { shape: newShape, checks: [] }));
}
function extend(schema, shape) {
    if (!isPlainObject(shape)) {
        throw new Error("Invalid input to extend: expected a plain object");
    }
    const checks = schema._zod.def.checks;
    const hasChecks = checks && checks.length > 0;
    if (hasChecks) {
        // Only throw if new shape overlaps with existing shape. Use getOwnPropertyDescriptor to check key existence without accessing values
        const existingShape = sourceShape(schema);
        for (const key of Reflect.ownKeys(shape)) {
            if (Object.getOwnPropertyDescriptor(existingShape, key) !== undefined) {
                throw new Error("Cannot overwrite keys on object schemas containing refinements. Use `.safeExtend()` instead.");
            }
        }
    }
    return clone(schema, mergeDefs(schema._zod.def, { shape: extended(schema, shape) }));
}
// the source's keys, then the caller's overlaid on top
function extended(schema, shape) {
    const newShape = {};
    mirrorShape(newShape, schema, Reflect.ownKeys(sourceShape(schema)));
    mirrorProps(newShape, shape);
    return newShape;
}
function safeExtend(schema, shape) {
    if (!isPlainObject(shape)) {
        throw new Error("Invalid input to safeExtend: expected a plain object");
    }
    return clone(schema, mergeDefs(schema._zod.def, { shape: extended(schema, shape) }));
}
function merge(a, b) {
    if (!b?._zod?.def) {
        throw new Error("Invalid input to merge: expected an object schema. To merge a plain shape, use `.extend()`.");
    }
    if (a._zod.def.checks?.length) {
        throw new Error(".merge() cannot be used on object schemas containing refinements. Use .safeExtend() instead.");
    }
    const newShape = {};
    mirrorShape(newShape, a, Reflect.ownKeys(sourceShape(a)));
    mirrorShape(newShape, b, Reflect.ownKeys(sourceShape(b)));
    const def = mergeDefs(a._zod.def, {
        shape: newShape,
        get catchall() {
            return b._zod.def.catchall;
        },
        checks: b._zod.def.checks ?? [],
    });
    return clone(a, def);
}
function partial(Class, schema, mask, name = "partial") {
    const currDef = schema._zod.def;
    const checks = currDef.checks;
    const hasChecks = checks && checks.length > 0;
    if (hasChecks) {
        throw new Error(`.${name}() cannot be used on object schemas containing refinements`);
    }
    const selected = mask ? new Set(maskedKeys(schema, mask)) : undefined;
    const newShape = {};
    mirrorShape(newShape, schema, Reflect.ownKeys(sourceShape(schema)), Class &&
        ((value, key) => (selected && !selected.has(key) ? value : new Class({ type: "optional", innerType: value }))));
    return clone(schema, mergeDefs(schema._zod.def, { shape: newShape, checks: [] }));
}
function required(Class, schema, mask) {
    const selected = mask ? new Set(maskedKeys(schema, mask)) : undefined;
    const newShape = {};
    mirrorShape(newShape, schema, Reflect.ownKeys(sourceShape(schema)), (value, key) => 
    // overwrite with non-optional
    selected && !selected.has(key) ? value : new Class({ type: "nonoptional", innerType: value }));
    return clone(schema, mergeDefs(schema._zod.def, { shape: newShape }));
}
// invalid_type | too_big | too_small | invalid_format | not_multiple_of | unrecognized_keys | invalid_union | invalid_key | invalid_element | invalid_value | custom
function aborted(x, startIndex = 0) {
    if (x.aborted === true)
        return true;
    for (let i = startIndex; i < x.issues.length; i++) {
        if (x.issues[i]?.continue !== true) {
            return true;
        }
    }
    return false;
}
// Checks for explicit abort (continue === false), as opposed to implicit abort (continue === undefined). Used to respect `abort: true` in .refine() even for checks that have a `when` function.
function explicitlyAborted(x, startIndex = 0) {
    if (x.aborted === true)
        return true;
    for (let i = startIndex; i < x.issues.length; i++) {
        if (x.issues[i]?.continue === false) {
            return true;
        }
    }
    return false;
}
function prefixIssues(path, issues) {
    return issues.map((iss) => {
        var _a;
        (_a = iss).path ?? (_a.path = []);
        iss.path.unshift(path);
        return iss;
    });
}
function unwrapMessage(message) {
    return typeof message === "string" ? message : message?.message;
}
/* A check holds no link back to the schema it is attached to — the same check instance is shared by every clone of that schema — so the owner is stamped onto the issues a check just raised, at the only point where both are in scope. Runs on the failure path only; `start` is the issue count from before the check ran. */
/** The leading size checks of `defChecks` that set an upper bound, each paired with it. */
function sizeCaps(defChecks) {
    const caps = [];
    for (const ch of defChecks ?? []) {
        const d = ch._zod.def;
        // a later check may rewrite the value
        if (!/_(length|size)$|_equals$/.test(d.check))
            break;
        const max = d.maximum ?? d.length ?? d.size;
        if (max >= 0)
            caps.push([max, ch]);
    }
    return caps;
}
function attachSchema(issues, start, inst) {
    var _a;
    for (let i = start; i < issues.length; i++) {
        (_a = issues[i]).schema ?? (_a.schema = inst);
    }
}
function finalizeIssue(iss, ctx, config) {
    var _a;
    // A schema that raised an issue itself owns it outright, and outranks any stamp an enclosing check left in `attachSchema`. String formats and z.custom() are schema and check at once, so when they act as a check they defer to that stamp instead.
    const traits = iss.inst?._zod?.traits;
    if (traits?.has("$ZodType")) {
        if (traits.has("$ZodCheck"))
            (_a = iss).schema ?? (_a.schema = iss.inst);
        else
            iss.schema = iss.inst;
    }
    // Decreasing specificity, first map to return a message wins. `inst` is whatever raised the issue, so a check's own map outranks the owning schema's.
    const schemaError = iss.schema !== iss.inst ? iss.schema?._zod.def?.error : undefined;
    const message = iss.message
        ? iss.message
        : (unwrapMessage(iss.inst?._zod.def?.error?.(iss)) ??
            unwrapMessage(schemaError?.(iss)) ??
            unwrapMessage(ctx?.error?.(iss)) ??
            unwrapMessage(config.customError?.(iss)) ??
            unwrapMessage(config.localeError?.(iss)) ??
            "Invalid input");
    // an explicit own-key copy beats object rest with excluded keys, which v8 routes through a generic runtime call; Object.keys rather than for-in so an issue pushed with a prototype does not leak inherited keys, and an own __proto__ key is dropped rather than assigned through the setter
    const full = {};
    for (const k of Object.keys(iss)) {
        if (k === "inst" || k === "schema" || k === "continue" || k === "input" || k === "__proto__")
            continue;
        full[k] = iss[k];
    }
    full.path ?? (full.path = []);
    full.message = message;
    if (ctx?.reportInput) {
        full.input = iss.input;
    }
    return full;
}
function getSizableOrigin(input) {
    if (input instanceof Set)
        return "set";
    if (input instanceof Map)
        return "map";
    // @ts-ignore
    if (input instanceof File)
        return "file";
    return "unknown";
}
const highSurrogate = /[\uD800-\uDBFF]/;
// Code points in `str`: a surrogate pair counts once, a lone surrogate as itself. Hand-rolled because the string iterator allocates and runs ~250x slower on this path; the regex probe exits ~50x quicker for a string with no astral characters.
function codePointLength(str) {
    const units = str.length;
    if (!highSurrogate.test(str))
        return units;
    let count = units;
    for (let i = 0; i < units - 1; i++) {
        if ((str.charCodeAt(i) & 0xfc00) === 0xd800 && (str.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
            count--;
            i++;
        }
    }
    return count;
}
function getLengthableOrigin(input) {
    if (Array.isArray(input))
        return "array";
    if (typeof input === "string")
        return "string";
    return "unknown";
}
function parsedType(data) {
    const t = typeof data;
    switch (t) {
        case "number": {
            return Number.isNaN(data) ? "nan" : "number";
        }
        case "object": {
            if (data === null) {
                return "null";
            }
            if (Array.isArray(data)) {
                return "array";
            }
            const obj = data;
            if (obj && Object.getPrototypeOf(obj) !== Object.prototype && "constructor" in obj && obj.constructor) {
                return obj.constructor.name;
            }
        }
    }
    return t;
}
function util_issue(...args) {
    const [iss, input, inst] = args;
    if (typeof iss === "string") {
        return {
            message: iss,
            code: "custom",
            input,
            inst,
        };
    }
    return { ...iss };
}
function cleanEnum(obj) {
    return Object.entries(obj)
        .filter(([k, _]) => {
        // return true if NaN, meaning it's not a number, thus a string key
        return Number.isNaN(Number.parseInt(k, 10));
    })
        .map((el) => el[1]);
}
// Codec utility functions
function base64ToUint8Array(base64) {
    const binaryString = atob(base64);
    const bytes = new Uint8Array(binaryString.length);
    for (let i = 0; i < binaryString.length; i++) {
        bytes[i] = binaryString.charCodeAt(i);
    }
    return bytes;
}
function uint8ArrayToBase64(bytes) {
    let binaryString = "";
    for (let i = 0; i < bytes.length; i++) {
        binaryString += String.fromCharCode(bytes[i]);
    }
    return btoa(binaryString);
}
function base64urlToUint8Array(base64url) {
    const base64 = base64url.replace(/-/g, "+").replace(/_/g, "/");
    const padding = "=".repeat((4 - (base64.length % 4)) % 4);
    return base64ToUint8Array(base64 + padding);
}
function uint8ArrayToBase64url(bytes) {
    return uint8ArrayToBase64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}
function hexToUint8Array(hex) {
    const cleanHex = hex.replace(/^0x/, "");
    if (cleanHex.length % 2 !== 0) {
        throw new Error("Invalid hex string length");
    }
    const bytes = new Uint8Array(cleanHex.length / 2);
    for (let i = 0; i < cleanHex.length; i += 2) {
        bytes[i / 2] = Number.parseInt(cleanHex.slice(i, i + 2), 16);
    }
    return bytes;
}
function uint8ArrayToHex(bytes) {
    return Array.from(bytes)
        .map((b) => b.toString(16).padStart(2, "0"))
        .join("");
}
// instanceof
class Class {
    constructor(..._args) { }
}
//////////    PROTOTYPE INSTALLERS     //////////
//
// Members live on the prototype and materialize per instance on first read, which keeps own-property count under the step where V8 stops using inline slots. Changing anything here means re-measuring runtime, memory and bundle size together — see "The three axes" in AGENTS.md.
/**
 * Installs a trait's members on its prototype. Each value builds that member for the instance on first read; the built value shadows the accessor as an own property, so a detached `const { parse } = schema` keeps working.
 *
 * Call this from a `proto` initializer, which runs once per prototype — never per instance.
 */
function members(proto, table) {
    for (const key in table) {
        const desc = Object.getOwnPropertyDescriptor(table, key);
        // a getter installs as written, so it stays live: `description` reads through to the registry on every access. not enumerable: an object literal's is, and a prototype member never was
        if (desc.get)
            Object.defineProperty(proto, key, { ...desc, enumerable: false });
        // a method materializes bound on first read, which is what keeps a detached member working: `const opt = schema.optional; opt()`
        else
            defineBound(proto, key, desc.value);
    }
}
/** Shadows a prototype member with an own value, so a getter that builds from the instance runs once. */
function own(inst, key, value, enumerable = true) {
    Object.defineProperty(inst, key, { configurable: true, writable: true, enumerable, value });
    return value;
}
/** Like {@link own}, for a member that was never an own data property and has to stay out of `Object.keys`. */
function hide(inst, key, value) {
    return own(inst, key, value, false);
}
/** Adds members a table derives from the instance: each builds on first read and shadows as own data, and assignment shadows the same way, as when these were own properties. */
function derived(computes, table) {
    for (const key in computes) {
        const compute = computes[key];
        // an object literal's accessor is configurable and enumerable, and `members` copies the descriptor as written
        Object.defineProperty(table, key, {
            configurable: true,
            enumerable: true,
            get() {
                return own(this, key, compute(this));
            },
            set(value) {
                own(this, key, value);
            },
        });
    }
    return table;
}
function defineBound(proto, key, fn) {
    Object.defineProperty(proto, key, {
        configurable: true,
        get() {
            // vitest's spyOn calls a prototype getter bare to find the function it wraps, so a nullish receiver answers the raw method
            return this == null ? fn : own(this, key, fn.bind(this));
        },
        set(value) {
            own(this, key, value);
        },
    });
}
/** Returns the prototype to install on, or `undefined` if this group is already installed on it. */
function claim(inst, sentinel) {
    const proto = Object.getPrototypeOf(inst);
    // Runs on every construction, so `in` rather than the costlier `hasOwnProperty.call`. Sentinels are keys the group itself defines.
    return sentinel in proto ? undefined : proto;
}
// The internals whose init chain is installing. A second call for the same one is a derived constructor overriding its base, so it must not construct another schema in between or the override is dropped.
let installing;
// Set while a getter is running, so a value that resolved through a recursion break is not memoized. One shared descriptor shadows the key for the duration, which costs no per-key allocation.
let broke = false;
const breaker = {
    configurable: true,
    get() {
        broke = true;
        return undefined;
    },
};
/**
 * Installs a lazily-derived internal on the `_zod` prototype of `inst`'s
 * constructor, computed from the internals object itself and cached there on
 * first read. One accessor per constructor rather than one per instance.
 */
function defineLazyInternal(inst, key, compute) {
    const proto = Object.getPrototypeOf(inst._zod);
    if (key in proto && installing !== inst._zod) {
        // A repeat construction: everything is installed already. Cleared here so the reference is not held past the first construction of every type.
        installing = undefined;
        return;
    }
    installing = inst._zod;
    Object.defineProperty(proto, key, {
        configurable: true,
        get() {
            // Shadowed before computing so a re-entrant read from a recursive schema resolves to undefined instead of running the getter again.
            Object.defineProperty(this, key, breaker);
            const outer = broke;
            broke = false;
            try {
                const value = compute(this);
                // A result that resolved through a recursion break is recomputed once the graph is complete; everything else memoizes, undefined included.
                if (broke)
                    delete this[key];
                else
                    Object.defineProperty(this, key, { configurable: true, writable: true, value });
                broke = broke || outer;
                return value;
            }
            catch (err) {
                // A compute that threw memoizes nothing, so a later read runs it again and fails the same way. The shadow goes with it, since leaving it installed would answer undefined for every later read.
                delete this[key];
                broke = broke || outer;
                throw err;
            }
        },
        set(value) {
            Object.defineProperty(this, key, { configurable: true, writable: true, value });
        },
    });
}
/**
 * Installs `key` on `inst`'s prototype, computed by `make` on first read and cached there as an own
 * data property. One accessor per constructor rather than one per instance, because an own accessor
 * puts every instance after the first into v8 dictionary mode. The key doubles as the sentinel.
 */
function installLazyProp(inst, key, make, enumerable) {
    const proto = claim(inst, key);
    if (!proto)
        return;
    Object.defineProperty(proto, key, {
        configurable: true,
        get() {
            // Shadowed before computing, so a re-entrant read from a self-referential shape resolves to undefined instead of running the getter again. A data property rather than an accessor: an own accessor is the dictionary-mode transition this exists to avoid.
            const desc = { configurable: true, writable: true, enumerable, value: undefined };
            Object.defineProperty(this, key, desc);
            // a compute that throws leaves the shadow behind, so later reads answer undefined instead of re-throwing; `defineLazy` did the same, and `defineLazyInternal`'s delete-on-catch would cost bytes in every bundle for a case only a throwing user getter reaches
            desc.value = make(this);
            Object.defineProperty(this, key, desc);
            return desc.value;
        },
        set(value) {
            Object.defineProperty(this, key, { configurable: true, writable: true, enumerable, value });
        },
    });
}
/** Marks the thunk `_catch` synthesises for a constant catch value. `Function.length` cannot tell that thunk from a user callback — rest and defaulted parameters both report arity 0 — and a user callback reads `ctx.error`, whose issues only finalize correctly against the caller's per-parse error map. Provenance can say what arity cannot. A plain string key rather than `Symbol.for`, whose call at module scope no bundler can prove pure — the same shape that anchored `urlCanParse` into every build. */
const CONSTANT_CATCH = "~constantCatch";
/** Wraps a constant catch value in a thunk tagged with {@link CONSTANT_CATCH}. */
function constantCatch(value) {
    const fn = () => value;
    fn[CONSTANT_CATCH] = true;
    return fn;
}

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/core.js
var _a;

/** A special constant with type `never` */
const NEVER = /*@__PURE__*/ Object.freeze({
    status: "aborted",
});
/* Shared descriptor for installing `_zod`; defineProperty reads it
 * synchronously, so reusing one object avoids a per-instance allocation. */
const _zodDesc = { value: undefined, enumerable: false };
// null where suppressing the capture would be unrecoverable: `parse()` puts the frames back with `captureStackTrace`, so without it the throw would lose its stack. also latched to null once `stackTraceLimit` proves unassignable, which a realm can do at any point by hardening Error
let _E = "captureStackTrace" in Error ? Error : null;
// v8 captures a stack trace inside the Error constructor, which dominates a failed parse; costs only the frames, and parse() restores those. the constructor must RUN: Object.create is cheaper and passes instanceof, but Error.isError and util.types.isNativeError check an internal slot
function newError(Definition) {
    const E = _E;
    if (E) {
        const saved = E.stackTraceLimit;
        if (typeof saved === "number") {
            try {
                E.stackTraceLimit = 0;
            }
            catch {
                _E = null;
                return new Definition();
            }
            try {
                return new Definition();
            }
            finally {
                E.stackTraceLimit = saved;
            }
        }
    }
    return new Definition();
}
function $constructor(name, initializer, 
/** This trait's members, installed once on every prototype that composes it. They cannot be declared in the initializer above: that runs per instance, and the prototype is shared. */
proto, params) {
    // Prototype for this constructor's `_zod` internals. Lazily-derived fields (`values`, `pattern`, `optin`, …) install here once rather than as an accessor on every instance.
    const zodProto = {};
    // Assigning the fields in the constructor body is what gives instances in-object slots; building the object literally and reparenting it costs a second allocation and a generic property copy.
    function Internals(def) {
        this.def = def;
        this.constr = _;
        this.traits = new Set();
    }
    Internals.prototype = zodProto;
    const protoMembers = proto;
    // One trait's members land on every prototype whose chain composes it, so the answer is per prototype rather than per trait.
    const initialized = protoMembers && new WeakSet();
    function init(inst, def) {
        if (!inst._zod) {
            _zodDesc.value = new Internals(def);
            try {
                Object.defineProperty(inst, "_zod", _zodDesc);
            }
            finally {
                // Cleared even on throw, so the shared descriptor never leaks one instance's internals into the next.
                _zodDesc.value = undefined;
            }
        }
        else if (inst._zod.traits.has(name)) {
            return;
        }
        inst._zod.traits.add(name);
        initializer(inst, def);
        if (initialized) {
            // `super(def)` from a user subclass gives `this` a prototype the subclass owns, and installing there would overwrite whatever the subclass declared. `constr` built the instance, so its prototype is the one below the subclass's that should carry the members. A receiver whose chain never reaches that prototype installs on its own, which for a plain object handed straight to `init` means `Object.prototype` — unchanged from before.
            const own = Object.getPrototypeOf(inst);
            const ctorProto = inst._zod.constr.prototype;
            let up = own;
            while (up && up !== ctorProto)
                up = Object.getPrototypeOf(up);
            const target = up ?? own;
            if (!initialized.has(target)) {
                initialized.add(target);
                members(target, protoMembers);
            }
        }
        // support prototype modifications; for-in avoids the array allocation of Object.keys on the (usually empty) prototype
        const proto = _.prototype;
        for (const k in proto) {
            if (!Object.prototype.hasOwnProperty.call(proto, k))
                continue;
            if (!(k in inst)) {
                inst[k] = proto[k].bind(inst);
            }
        }
    }
    // doesn't work if Parent has a constructor with arguments
    const Parent = params?.Parent ?? Object;
    class Definition extends Parent {
    }
    Object.defineProperty(Definition, "name", { value: name });
    function _(def) {
        const inst = params?.Parent ? newError(Definition) : this;
        init(inst, def);
        const deferred = inst._zod.deferred;
        if (deferred) {
            for (const fn of deferred) {
                fn();
            }
            // Released: initializers run once, and the list would otherwise be retained for the schema's lifetime.
            inst._zod.deferred = undefined;
        }
        // Global post-processor hook. Internal: installed by `import "zod/compile"` to enable AOT compilation for every constructed schema. Runs last, once the instance is fully built, because it hands the instance to compile(). The post-processor is expected to be reentrancy-guarded by its own implementation.
        const pp = globalThis.__zod_globalConfig?.postProcessor;
        if (pp)
            pp(inst);
        return inst;
    }
    Object.defineProperty(_, "init", { value: init });
    Object.defineProperty(_, Symbol.hasInstance, {
        value: (inst) => {
            if (params?.Parent && inst instanceof params.Parent)
                return true;
            return inst?._zod?.traits?.has(name);
        },
    });
    Object.defineProperty(_, "name", { value: name });
    return _;
}
//////////////////////////////   UTILITIES   ///////////////////////////////////////
const $brand = /*@__PURE__*/ (/* unused pure expression or super */ null && (Symbol("zod_brand")));
class $ZodAsyncError extends Error {
    constructor() {
        super(`Encountered Promise during synchronous parse. Use .parseAsync() instead.`);
    }
}
class $ZodEncodeError extends Error {
    constructor(name) {
        super(`Encountered unidirectional transform during encode: ${name}`);
        this.name = "ZodEncodeError";
    }
}
(_a = globalThis).__zod_globalConfig ?? (_a.__zod_globalConfig = {});
const globalConfig = globalThis.__zod_globalConfig;
function config(newConfig) {
    if (newConfig)
        Object.assign(globalConfig, newConfig);
    return globalConfig;
}

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/memoizer.js

class $ZodCyclicError extends Error {
    constructor() {
        super(`Cannot parse a reference cycle that closes through a transform`);
        this.name = "ZodCyclicError";
    }
}
/** Keyed off the context object every schema in one parse call already shares. */
const STATE = "~memo";
const NO_ISSUES = [];
// a value a cycle can close through
function isRef(value) {
    return value !== null && typeof value === "object";
}
// Receivers prefix paths in place, so the cache and every hand-out need their own copies.
function cloneIssues(issues) {
    return issues.map((iss) => (iss.path ? { ...iss, path: iss.path.slice() } : { ...iss }));
}
const recursive = /*@__PURE__*/ new WeakMap();
/** What the walk established, in order of certainty: ordered so the strongest answer among children wins. */
const NONE = 0;
const ASSUMED = 1;
const PROVEN = 2;
/** Whether this schema's subtree contains a cycle, so one parse can re-enter it. */
function isRecursive(inst, stack, resolve) {
    const cached = recursive.get(inst);
    if (cached !== undefined)
        return cached ? PROVEN : NONE;
    // Relative to the walk in progress, so not cached.
    if (stack.has(inst))
        return PROVEN;
    stack.add(inst);
    let result = NONE;
    const check = (child) => {
        if (result !== PROVEN && child?._zod) {
            const answer = isRecursive(child, stack, resolve);
            if (answer > result)
                result = answer;
        }
    };
    // `Reflect.ownKeys` rather than `Object.keys`, so a cycle through a declared symbol key is still seen
    const shape = (sh, spread) => {
        let answer = NONE;
        for (const key of Reflect.ownKeys(sh)) {
            const desc = Object.getOwnPropertyDescriptor(sh, key);
            // an object resolves its shape by spread, so a key it does not enumerate is never parsed; `z.properties` reads every own key and so keeps them all
            if (spread && !desc.enumerable)
                continue;
            // resolving runs user code, and a factory mints a fresh subtree per read, so an edge the walk can't follow counts as a cycle
            const child = desc.get ? ASSUMED : desc.value?._zod ? isRecursive(desc.value, stack, resolve) : NONE;
            if (child > answer)
                answer = child;
        }
        return answer;
    };
    const merge = (answer) => {
        if (answer > result)
            result = answer;
    };
    const def = inst._zod.def;
    const kind = def.type;
    switch (kind) {
        case "object": {
            const raw = rawShape(def);
            // a def with no raw shape answers `shape` from an accessor of its own, and running that can mint a whole fresh subtree
            merge(raw ? shape(raw, true) : ASSUMED);
            check(def.catchall);
            break;
        }
        case "array":
            check(def.element);
            break;
        case "tuple":
            for (const el of def.items)
                check(el);
            check(def.rest);
            break;
        case "record":
        case "map":
            check(def.keyType);
            check(def.valueType);
            break;
        case "set":
            check(def.valueType);
            break;
        case "union":
            for (const el of def.options)
                check(el);
            break;
        case "intersection":
            check(def.left);
            check(def.right);
            break;
        case "optional":
        case "nullable":
        case "default":
        case "prefault":
        case "catch":
        case "readonly":
        case "nonoptional":
        case "promise":
        case "success":
            check(def.innerType);
            break;
        case "pipe":
            check(def.in);
            check(def.out);
            break;
        case "function":
            check(def.input);
            check(def.output);
            break;
        // `$ZodLazy` caches its inner on the def, so a resolved edge is followed exactly
        case "lazy": {
            const inner = def._cachedInner ?? (resolve ? inst._zod.innerType : undefined);
            // walked with resolution off: one hop sees past the deferral, and a lazy that yields only another unresolved lazy is generative, so it stops there
            merge(inner ? isRecursive(inner, stack, false) : ASSUMED);
            break;
        }
        // a leaf by choice: `parts` are regex fragments, not data positions
        case "template_literal":
        // leaves
        case "string":
        case "number":
        case "int":
        case "boolean":
        case "bigint":
        case "symbol":
        case "undefined":
        case "null":
        case "void":
        case "never":
        case "any":
        case "unknown":
        case "date":
        case "nan":
        case "enum":
        case "literal":
        case "file":
        case "transform":
        case "custom":
            break;
        default: {
            // a new built-in kind becomes a compile error here
            kind;
            // a user-defined kind can still hold children, and only its author knows where, so fall back to scanning the def — skipping accessors, since reading one can run user code
            for (const key in def) {
                const desc = Object.getOwnPropertyDescriptor(def, key);
                if (!desc || desc.get)
                    continue;
                const value = desc.value;
                if (!value || typeof value !== "object")
                    continue;
                if (value._zod)
                    check(value);
                else if (Array.isArray(value))
                    for (const el of value)
                        check(el);
            }
        }
    }
    stack.delete(inst);
    return settle(inst, result);
}
/** An assumed answer must not outlive the resolution that settles it, so only a certain one is cached. */
function settle(inst, answer) {
    if (answer !== ASSUMED)
        recursive.set(inst, answer === PROVEN);
    return answer;
}
/**
 * Whether one parse can re-enter this schema, i.e. its subtree contains a cycle.
 * Exported for `z.compile`, which refuses to compile such a schema: cycle
 * breaking is driven from here off state keyed on the parse context, and a
 * generated fast path has no context to key on.
 */
function isRecursiveSchema(inst) {
    // z.compile never parses, so nothing would ever resolve a lazy for it; it runs once and already treats a throw here as recursive
    return isRecursive(inst, new Set(), true) !== NONE;
}
function bucketFor(state, inst) {
    let bucket = state.buckets.get(inst);
    if (!bucket) {
        bucket = new WeakMap();
        state.buckets.set(inst, bucket);
    }
    return bucket;
}
// Set immediately before delegating to core and cleared immediately after, so `alloc` registers only for a visit this module is driving.
let handoff;
// Allocated but unfinished entries. `alloc` and the matching pop both happen in the synchronous part of a parse, so they nest even when children are async, and one stack serves every schema.
const memoizer_open = [];
const memo = {
    alloc(_inst, payload, empty) {
        const bucket = handoff;
        if (!bucket)
            return empty;
        handoff = undefined;
        const entry = { value: empty, issues: null };
        bucket.set(payload.value, entry);
        memoizer_open.push(entry);
        return empty;
    },
    guard(inst) {
        var _a;
        (_a = inst._zod).deferred ?? (_a.deferred = []);
        inst._zod.deferred.push(() => {
            const base = inst._zod.parse;
            const wrapped = (payload, ctx) => {
                // The value is a placeholder a back-edge is still waiting on, so the cycle closes through this transform. Its output can't exist in time to bind.
                if (ctx.direction !== "backward" && isBackEdge(ctx, payload.value))
                    throw new $ZodCyclicError();
                return base(payload, ctx);
            };
            inst._zod.parse = wrapped;
            if (inst._zod.run === base)
                inst._zod.run = wrapped;
        });
    },
    attach(inst) {
        var _a;
        let isRecursiveInst;
        let rechecked = false;
        // a recursive schema is re-entered many times per parse and its bucket never changes
        let lastCtx;
        let lastBucket;
        // Wraps `parse` in a deferred so it sees the container's final parse. Core's own deferred copies `parse` into `run` when there are no checks, and it ran first, so `run` is patched to match; with checks, `run` reads `parse` dynamically.
        (_a = inst._zod).deferred ?? (_a.deferred = []);
        inst._zod.deferred.push(() => {
            const base = inst._zod.parse;
            const wrapped = (payload, ctx) => {
                if (isRecursiveInst === undefined) {
                    const walked = isRecursive(inst, new Set(), false);
                    if (walked === NONE) {
                        // Nothing here can ever fire, so take it back out.
                        inst._zod.parse = base;
                        if (inst._zod.run === wrapped)
                            inst._zod.run = base;
                        return base(payload, ctx);
                    }
                    // this parse resolves the deferred edges on its own path, so ask once more before latching
                    if (walked === PROVEN || rechecked)
                        isRecursiveInst = true;
                    else
                        rechecked = true;
                }
                const input = payload.value;
                if (!isRef(input))
                    return base(payload, ctx);
                let state = ctx[STATE];
                if (!state) {
                    state = { buckets: new WeakMap(), backEdges: undefined };
                    ctx[STATE] = state;
                }
                let bucket;
                if (lastCtx === ctx) {
                    bucket = lastBucket;
                }
                else {
                    bucket = bucketFor(state, inst);
                    lastCtx = ctx;
                    lastBucket = bucket;
                }
                const hit = bucket.get(input);
                if (hit) {
                    payload.value = hit.value;
                    if (hit.issues) {
                        if (hit.issues.length)
                            payload.issues.push(...cloneIssues(hit.issues));
                    }
                    else {
                        // Still being parsed: its own checks cover it, so skip them here.
                        payload.memo = true;
                        state.backEdges ?? (state.backEdges = new WeakSet());
                        state.backEdges.add(hit.value);
                    }
                    return payload;
                }
                handoff = bucket;
                const depth = memoizer_open.length;
                const result = base(payload, ctx);
                handoff = undefined;
                // A container that rejected its input outright allocated nothing.
                const entry = memoizer_open.length > depth ? memoizer_open.pop() : undefined;
                // Both paths written out so the sync one allocates no closure. It runs once per node, and capturing here cost more than everything else combined.
                if (result instanceof Promise) {
                    return result.then((r) => {
                        if (entry)
                            entry.issues = r.issues.length ? cloneIssues(r.issues) : NO_ISSUES;
                        return r;
                    });
                }
                if (entry)
                    entry.issues = result.issues.length ? cloneIssues(result.issues) : NO_ISSUES;
                return result;
            };
            inst._zod.parse = wrapped;
            if (inst._zod.run === base)
                inst._zod.run = wrapped;
        });
    },
};
/** The memoizer that gives containers cycle support. `zod` installs it by default; `zod/mini` opts in with `config({ memoizer: memoizer() })`. */
function memoizer() {
    return memo;
}
/** Whether this value is a node a back-edge resolved to before it finished. */
function isBackEdge(ctx, value) {
    const backEdges = ctx[STATE]?.backEdges;
    return backEdges !== undefined && isRef(value) && backEdges.has(value);
}

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/regexes.js

/**
 * @deprecated CUID v1 is deprecated by its authors due to information leakage
 * (timestamps embedded in the id). Use {@link cuid2} instead.
 * See https://github.com/paralleldrive/cuid.
 */
const cuid = /^[cC][0-9a-z]{6,}$/;
const cuid2 = /^[0-9a-z]+$/;
const ulid = /^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$/;
const xid = /^[0-9a-vA-V]{20}$/;
const ksuid = /^[A-Za-z0-9]{27}$/;
const nanoid = /^[a-zA-Z0-9_-]{21}$/;
function nanoidOfLength(length) {
    return new RegExp(`^[a-zA-Z0-9_-]{${length}}$`);
}
/** ISO 8601-1 duration regex. Does not support the 8601-2 extensions like negative durations or fractional/negative components. */
const duration = /^P(?:(\d+W)|(?!.*W)(?=\d|T\d)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?)$/;
/** Implements ISO 8601-2 extensions like explicit +- prefixes, mixing weeks with other units, and fractional/negative components. */
const extendedDuration = /^[-+]?P(?!$)(?:(?:[-+]?\d+Y)|(?:[-+]?\d+[.,]\d+Y$))?(?:(?:[-+]?\d+M)|(?:[-+]?\d+[.,]\d+M$))?(?:(?:[-+]?\d+W)|(?:[-+]?\d+[.,]\d+W$))?(?:(?:[-+]?\d+D)|(?:[-+]?\d+[.,]\d+D$))?(?:T(?=[\d+-])(?:(?:[-+]?\d+H)|(?:[-+]?\d+[.,]\d+H$))?(?:(?:[-+]?\d+M)|(?:[-+]?\d+[.,]\d+M$))?(?:[-+]?\d+(?:[.,]\d+)?S)?)??$/;
/** A regex for any UUID-like identifier: 8-4-4-4-12 hex pattern */
const guid = /^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$/;
/** Returns a regex for validating an RFC 9562/4122 UUID.
 *
 * @param version Optionally specify a version 1-8. If no version is specified, all versions are supported. */
const uuid = (version) => {
    if (!version)
        return /^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$/;
    return new RegExp(`^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-${version}[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12})$`);
};
const uuid4 = /*@__PURE__*/ (/* unused pure expression or super */ null && (uuid(4)));
const uuid6 = /*@__PURE__*/ (/* unused pure expression or super */ null && (uuid(6)));
const uuid7 = /*@__PURE__*/ (/* unused pure expression or super */ null && (uuid(7)));
/** Practical email validation */
const email = /^(?:[A-Za-z0-9_'+\-]+\.)*[A-Za-z0-9_'+\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$/;
/** Equivalent to the HTML5 input[type=email] validation implemented by browsers. Source: https://developer.mozilla.org/en-US/docs/Web/HTML/Element/input/email */
const html5Email = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
/** The classic emailregex.com regex for RFC 5322-compliant emails */
const rfc5322Email = /^(([^<>()\[\]\\.,;:\s@"]+(\.[^<>()\[\]\\.,;:\s@"]+)*)|(".+"))@((\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}])|(([a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,}))$/;
/** A loose regex that allows Unicode characters, enforces length limits, and that's about it. */
const unicodeEmail = /^[^\s@"]{1,64}@[^\s@]{1,255}$/u;
const idnEmail = (/* unused pure expression or super */ null && (unicodeEmail));
const browserEmail = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
// from https://thekevinscott.com/emojis-in-javascript/#writing-a-regular-expression
// Single character class, not an alternation: the two properties overlap (U+1F9B0-U+1F9B3), so `(A|B)+` backtracks exponentially on a failed match. The leading lookahead then demands one anchor — a pictograph, a regional indicator, or the enclosing keycap — because `\p{Emoji_Component}` on its own covers ASCII digits, `#`, `*`, ZWJ, variation selectors and skin tone modifiers, none of which is an emoji without a base.
const _emoji = `^(?=[\\s\\S]*[\\p{Extended_Pictographic}\\p{Regional_Indicator}\\u20E3])[\\p{Extended_Pictographic}\\p{Emoji_Component}]+$`;
function emoji() {
    return new RegExp(_emoji, "u");
}
const ipv4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])$/;
const ipv6 = /^(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|([0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,5}(:[0-9a-fA-F]{1,4}){1,2}|([0-9a-fA-F]{1,4}:){1,4}(:[0-9a-fA-F]{1,4}){1,3}|([0-9a-fA-F]{1,4}:){1,3}(:[0-9a-fA-F]{1,4}){1,4}|([0-9a-fA-F]{1,4}:){1,2}(:[0-9a-fA-F]{1,4}){1,5}|[0-9a-fA-F]{1,4}:((:[0-9a-fA-F]{1,4}){1,6})|:((:[0-9a-fA-F]{1,4}){1,7}|:))$/;
const mac = (delimiter) => {
    const escapedDelim = util.escapeRegex(delimiter ?? ":");
    return new RegExp(`^(?:[0-9A-F]{2}${escapedDelim}){5}[0-9A-F]{2}$|^(?:[0-9a-f]{2}${escapedDelim}){5}[0-9a-f]{2}$`);
};
const cidrv4 = /^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])\/([0-9]|[1-2][0-9]|3[0-2])$/;
const cidrv6 = /^(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|([0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,5}(:[0-9a-fA-F]{1,4}){1,2}|([0-9a-fA-F]{1,4}:){1,4}(:[0-9a-fA-F]{1,4}){1,3}|([0-9a-fA-F]{1,4}:){1,3}(:[0-9a-fA-F]{1,4}){1,4}|([0-9a-fA-F]{1,4}:){1,2}(:[0-9a-fA-F]{1,4}){1,5}|[0-9a-fA-F]{1,4}:((:[0-9a-fA-F]{1,4}){1,6})|:((:[0-9a-fA-F]{1,4}){1,7}|:))\/(12[0-8]|1[01][0-9]|[1-9]?[0-9])$/;
// https://stackoverflow.com/questions/7860392/determine-if-string-is-in-base64-using-javascript
const base64 = /^$|^(?:[0-9a-zA-Z+/]{4})*(?:(?:[0-9a-zA-Z+/]{2}==)|(?:[0-9a-zA-Z+/]{3}=))?$/;
const base64url = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?$/;
// based on https://stackoverflow.com/questions/106179/regular-expression-to-match-dns-hostname-or-ip-address
// export const hostname: RegExp = /^([a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+$/;
const hostname = /^(?=.{1,253}\.?$)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-0-9a-zA-Z]{0,61}[0-9a-zA-Z])?)*\.?$/;
const domain = /^(?=.{1,253}$)([a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}$/;
const httpProtocol = /^https?$/;
// https://blog.stevenlevithan.com/archives/validate-phone-number#r4-3 (regex sans spaces) E.164: leading digit must be 1-9; total digits (excluding '+') between 7-15
const e164 = /^\+[1-9]\d{6,14}$/;
// Credit card shape: 12–19 digits, optionally separated by single spaces or single hyphens. ISO/IEC 7812 caps the PAN at 19 digits; 12 is the shortest issued length (Maestro).
const creditCard = /^\d(?:[ -]?\d){11,18}$/;
// ISO 4217 alpha codes from the SIX list, regenerated by scripts/update-iso-4217.ts
const currencyCode = /^(?:AED|AFN|ALL|AMD|AOA|ARS|AUD|AWG|AZN|BAM|BBD|BDT|BHD|BIF|BMD|BND|BOB|BOV|BRL|BSD|BTN|BWP|BYN|BZD|CAD|CDF|CHE|CHF|CHW|CLF|CLP|CNY|COP|COU|CRC|CUP|CVE|CZK|DJF|DKK|DOP|DZD|EGP|ERN|ETB|EUR|FJD|FKP|GBP|GEL|GHS|GIP|GMD|GNF|GTQ|GYD|HKD|HNL|HTG|HUF|IDR|ILS|INR|IQD|IRR|ISK|JMD|JOD|JPY|KES|KGS|KHR|KMF|KPW|KRW|KWD|KYD|KZT|LAK|LBP|LKR|LRD|LSL|LYD|MAD|MDL|MGA|MKD|MMK|MNT|MOP|MRU|MUR|MVR|MWK|MXN|MXV|MYR|MZN|NAD|NGN|NIO|NOK|NPR|NZD|OMR|PAB|PEN|PGK|PHP|PKR|PLN|PYG|QAR|RON|RSD|RUB|RWF|SAR|SBD|SCR|SDG|SEK|SGD|SHP|SLE|SOS|SRD|SSP|STN|SVC|SYP|SZL|THB|TJS|TMT|TND|TOP|TRY|TTD|TWD|TZS|UAH|UGX|USD|USN|UYI|UYU|UYW|UZS|VED|VES|VND|VUV|WST|XAD|XAF|XAG|XAU|XBA|XBB|XBC|XBD|XCD|XCG|XDR|XOF|XPD|XPF|XPT|XSU|XTS|XUA|XXX|YER|ZAR|ZMW|ZWG)$/;
// iban electronic format: 2-letter country, check digits 02-98 (the only values `98 - remainder` can produce), 11-30 bban characters
const iban = /^[A-Z]{2}(?!00|01|99)\d{2}[A-Z0-9]{11,30}$/;
const dateSource = `(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))`;
/** Anchors a pattern source. The interpolation lives here rather than at the call site because
 * esbuild will not drop a `@__PURE__` call whose own argument interpolates a variable, but it
 * will drop `anchor(dateSource)`. Keeping it inline pinned `date` into every bundle. */
function regexes_anchor(source) {
    return new RegExp(`^${source}$`);
}
const date = /*@__PURE__*/ regexes_anchor(dateSource);
function timeSource(args) {
    const hhmm = `(?:[01]\\d|2[0-3]):[0-5]\\d`;
    const regex = typeof args.precision === "number"
        ? args.precision === -1
            ? `${hhmm}`
            : args.precision === 0
                ? `${hhmm}:[0-5]\\d`
                : `${hhmm}:[0-5]\\d\\.\\d{${args.precision}}`
        : args.seconds
            ? `${hhmm}:[0-5]\\d(?:\\.\\d+)?`
            : `${hhmm}(?::[0-5]\\d(?:\\.\\d+)?)?`;
    return regex;
}
function time(args) {
    return new RegExp(`^${timeSource(args)}$`);
}
// Adapted from https://stackoverflow.com/a/3143231
function datetime(args) {
    const opts = ["Z"];
    // if (args.offset) opts.push(`([+-]\\d{2}:\\d{2})`);
    if (args.offset)
        opts.push(`([+-](?:[01]\\d|2[0-3]):[0-5]\\d)`);
    // RFC 3339 mandates seconds wherever the time carries a `Z` or an offset, so only the unqualified form `local` adds may omit them
    const qualified = `${timeSource({ precision: args.precision, seconds: true })}(?:${opts.join("|")})`;
    const timeRegex = args.local ? `${qualified}|${timeSource({ precision: args.precision })}` : qualified;
    return new RegExp(`^${dateSource}T(?:${timeRegex})$`);
}
// the unbounded form of `string()` as a literal, so every plain string shares one instance instead of building its own
const anyString = /^[\s\S]{0,}$/;
const string = (params) => {
    const regex = params ? `[\\s\\S]{${params?.minimum ?? 0},${params?.maximum ?? ""}}` : `[\\s\\S]*`;
    return new RegExp(`^${regex}$`);
};
const bigint = /^-?\d+n?$/;
const integer = /^-?\d+$/;
const number = /^-?\d+(?:\.\d+)?$/;
const regexes_boolean = /^(?:true|false)$/i;
const _null = /^null$/i;

const _undefined = /^undefined$/i;

// regex for string with no uppercase letters
const lowercase = /^[^A-Z]*$/;
// regex for string with no lowercase letters
const uppercase = /^[^a-z]*$/;
// regex for hexadecimal strings (any length)
const hex = /^[0-9a-fA-F]*$/;
// Hash regexes for different algorithms and encodings
// Helper function to create base64 regex with exact length and padding
function fixedBase64(bodyLength, padding) {
    return new RegExp(`^[A-Za-z0-9+/]{${bodyLength}}${padding}$`);
}
// Helper function to create base64url regex with exact length (no padding)
function fixedBase64url(length) {
    return new RegExp(`^[A-Za-z0-9_-]{${length}}$`);
}
// MD5 (16 bytes): base64 = 24 chars total (22 + "==")
const md5_hex = /^[0-9a-fA-F]{32}$/;
const md5_base64 = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64(22, "==")));
const md5_base64url = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64url(22)));
// SHA1 (20 bytes): base64 = 28 chars total (27 + "=")
const sha1_hex = /^[0-9a-fA-F]{40}$/;
const sha1_base64 = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64(27, "=")));
const sha1_base64url = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64url(27)));
// SHA256 (32 bytes): base64 = 44 chars total (43 + "=")
const sha256_hex = /^[0-9a-fA-F]{64}$/;
const sha256_base64 = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64(43, "=")));
const sha256_base64url = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64url(43)));
// SHA384 (48 bytes): base64 = 64 chars total (no padding)
const sha384_hex = /^[0-9a-fA-F]{96}$/;
const sha384_base64 = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64(64, "")));
const sha384_base64url = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64url(64)));
// SHA512 (64 bytes): base64 = 88 chars total (86 + "==")
const sha512_hex = /^[0-9a-fA-F]{128}$/;
const sha512_base64 = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64(86, "==")));
const sha512_base64url = /*@__PURE__*/ (/* unused pure expression or super */ null && (fixedBase64url(86)));

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/checks.js
// import { $ZodType } from "./schemas.js";



const $ZodCheck = /*@__PURE__*/ $constructor("$ZodCheck", (inst, def) => {
    var _a;
    inst._zod ?? (inst._zod = {});
    inst._zod.def = def;
    (_a = inst._zod).onattach ?? (_a.onattach = []);
});
/** Default `when` for size-based checks: run only on non-nullish values with a `size`. */
const _whenHasSize = (payload) => {
    const val = payload.value;
    return !util.nullish(val) && val.size !== undefined;
};
/** Default `when` for length-based checks: run only on non-nullish values with a `length`. */
const _whenHasLength = (payload) => {
    const val = payload.value;
    return !nullish(val) && val.length !== undefined;
};
const numericOriginMap = {
    number: "number",
    bigint: "bigint",
    object: "date",
};
const $ZodCheckLessThan = /*@__PURE__*/ $constructor("$ZodCheckLessThan", (inst, def) => {
    $ZodCheck.init(inst, def);
    const origin = numericOriginMap[typeof def.value];
    inst._zod.check = (payload) => {
        if (def.inclusive ? payload.value <= def.value : payload.value < def.value) {
            return;
        }
        payload.issues.push({
            origin: numericOriginMap[typeof payload.value] ?? origin,
            code: "too_big",
            maximum: typeof def.value === "object" ? def.value.getTime() : def.value,
            input: payload.value,
            inclusive: def.inclusive,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckGreaterThan = /*@__PURE__*/ $constructor("$ZodCheckGreaterThan", (inst, def) => {
    $ZodCheck.init(inst, def);
    const origin = numericOriginMap[typeof def.value];
    inst._zod.check = (payload) => {
        if (def.inclusive ? payload.value >= def.value : payload.value > def.value) {
            return;
        }
        payload.issues.push({
            origin: numericOriginMap[typeof payload.value] ?? origin,
            code: "too_small",
            minimum: typeof def.value === "object" ? def.value.getTime() : def.value,
            input: payload.value,
            inclusive: def.inclusive,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckMultipleOf = 
/*@__PURE__*/ $constructor("$ZodCheckMultipleOf", (inst, def) => {
    $ZodCheck.init(inst, def);
    inst._zod.check = (payload) => {
        if (typeof payload.value !== typeof def.value)
            throw new Error("Cannot mix number and bigint in multiple_of check.");
        const isMultiple = typeof payload.value === "bigint"
            ? // `value % 0n` throws, and nothing is a multiple of zero — the number branch already fails this way via NaN
                def.value !== BigInt(0) && payload.value % def.value === BigInt(0)
            : floatSafeRemainder(payload.value, def.value) === 0;
        if (isMultiple)
            return;
        payload.issues.push({
            origin: typeof payload.value,
            code: "not_multiple_of",
            divisor: def.value,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckNumberFormat = /*@__PURE__*/ $constructor("$ZodCheckNumberFormat", (inst, def) => {
    $ZodCheck.init(inst, def); // no format checks
    def.format = def.format || "float64";
    const isInt = def.format?.includes("int");
    const origin = isInt ? "int" : "number";
    const [minimum, maximum] = NUMBER_FORMAT_RANGES[def.format];
    inst._zod.check = (payload) => {
        const input = payload.value;
        if (isInt) {
            if (!Number.isInteger(input)) {
                // invalid_format issue
                // payload.issues.push({
                //   expected: def.format,
                //   format: def.format,
                //   code: "invalid_format",
                //   input,
                //   inst,
                // });
                // invalid_type issue
                payload.issues.push({
                    expected: origin,
                    format: def.format,
                    code: "invalid_type",
                    continue: false,
                    input,
                    inst,
                });
                return;
                // not_multiple_of issue
                // payload.issues.push({
                //   code: "not_multiple_of",
                //   origin: "number",
                //   input,
                //   inst,
                //   divisor: 1,
                // });
            }
            if (!Number.isSafeInteger(input)) {
                if (input > 0) {
                    // too_big
                    payload.issues.push({
                        input,
                        code: "too_big",
                        maximum: Number.MAX_SAFE_INTEGER,
                        note: "Integers must be within the safe integer range.",
                        inst,
                        origin,
                        inclusive: true,
                        continue: !def.abort,
                    });
                }
                else {
                    // too_small
                    payload.issues.push({
                        input,
                        code: "too_small",
                        minimum: Number.MIN_SAFE_INTEGER,
                        note: "Integers must be within the safe integer range.",
                        inst,
                        origin,
                        inclusive: true,
                        continue: !def.abort,
                    });
                }
                return;
            }
        }
        if (input < minimum) {
            payload.issues.push({
                origin: "number",
                input,
                code: "too_small",
                minimum,
                inclusive: true,
                inst,
                continue: !def.abort,
            });
        }
        if (input > maximum) {
            payload.issues.push({
                origin: "number",
                input,
                code: "too_big",
                maximum,
                inclusive: true,
                inst,
                continue: !def.abort,
            });
        }
    };
});
const $ZodCheckBigIntFormat = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCheckBigIntFormat", (inst, def) => {
    $ZodCheck.init(inst, def); // no format checks
    const [minimum, maximum] = util.BIGINT_FORMAT_RANGES[def.format];
    inst._zod.check = (payload) => {
        const input = payload.value;
        if (input < minimum) {
            payload.issues.push({
                origin: "bigint",
                input,
                code: "too_small",
                minimum: minimum,
                inclusive: true,
                inst,
                continue: !def.abort,
            });
        }
        if (input > maximum) {
            payload.issues.push({
                origin: "bigint",
                input,
                code: "too_big",
                maximum,
                inclusive: true,
                inst,
                continue: !def.abort,
            });
        }
    };
})));
const $ZodCheckMaxSize = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCheckMaxSize", (inst, def) => {
    var _a;
    $ZodCheck.init(inst, def);
    (_a = inst._zod.def).when ?? (_a.when = _whenHasSize);
    inst._zod.check = (payload) => {
        const input = payload.value;
        const size = input.size;
        if (size <= def.maximum)
            return;
        payload.issues.push({
            origin: util.getSizableOrigin(input),
            code: "too_big",
            maximum: def.maximum,
            inclusive: true,
            input,
            inst,
            continue: !def.abort,
        });
    };
})));
const $ZodCheckMinSize = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCheckMinSize", (inst, def) => {
    var _a;
    $ZodCheck.init(inst, def);
    (_a = inst._zod.def).when ?? (_a.when = _whenHasSize);
    inst._zod.check = (payload) => {
        const input = payload.value;
        const size = input.size;
        if (size >= def.minimum)
            return;
        payload.issues.push({
            origin: util.getSizableOrigin(input),
            code: "too_small",
            minimum: def.minimum,
            inclusive: true,
            input,
            inst,
            continue: !def.abort,
        });
    };
})));
const $ZodCheckSizeEquals = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCheckSizeEquals", (inst, def) => {
    var _a;
    $ZodCheck.init(inst, def);
    (_a = inst._zod.def).when ?? (_a.when = _whenHasSize);
    inst._zod.check = (payload) => {
        const input = payload.value;
        const size = input.size;
        if (size === def.size)
            return;
        const tooBig = size > def.size;
        payload.issues.push({
            origin: util.getSizableOrigin(input),
            ...(tooBig ? { code: "too_big", maximum: def.size } : { code: "too_small", minimum: def.size }),
            inclusive: true,
            exact: true,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
})));
const $ZodCheckMaxLength = /*@__PURE__*/ $constructor("$ZodCheckMaxLength", (inst, def) => {
    var _a;
    $ZodCheck.init(inst, def);
    (_a = inst._zod.def).when ?? (_a.when = _whenHasLength);
    inst._zod.check = (payload) => {
        const input = payload.value;
        const units = input.length;
        // Strings are measured in Unicode code points, not UTF-16 units. A code point is at most two units, so a string that already fits in units fits in code points; only an overflow has to be counted.
        const length = typeof input === "string" && units > def.maximum ? codePointLength(input) : units;
        if (length <= def.maximum)
            return;
        const origin = getLengthableOrigin(input);
        payload.issues.push({
            origin,
            code: "too_big",
            maximum: def.maximum,
            inclusive: true,
            input,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckMinLength = /*@__PURE__*/ $constructor("$ZodCheckMinLength", (inst, def) => {
    var _a;
    $ZodCheck.init(inst, def);
    (_a = inst._zod.def).when ?? (_a.when = _whenHasLength);
    inst._zod.check = (payload) => {
        const input = payload.value;
        const units = input.length;
        // A code point is one or two UTF-16 units, so fewer units than the floor can never reach it and twice the floor always clears it. Only in between is the exact count in doubt.
        const length = typeof input === "string" && units >= def.minimum && units < def.minimum * 2
            ? codePointLength(input)
            : units;
        if (length >= def.minimum)
            return;
        const origin = getLengthableOrigin(input);
        payload.issues.push({
            origin,
            code: "too_small",
            minimum: def.minimum,
            inclusive: true,
            input,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckLengthEquals = /*@__PURE__*/ $constructor("$ZodCheckLengthEquals", (inst, def) => {
    var _a;
    $ZodCheck.init(inst, def);
    (_a = inst._zod.def).when ?? (_a.when = _whenHasLength);
    inst._zod.check = (payload) => {
        const input = payload.value;
        const units = input.length;
        // A code point is one or two UTF-16 units, so outside `[length, length * 2]` units the target is missed either way — and missed in the same direction in both measures.
        const length = typeof input === "string" && units >= def.length && units <= def.length * 2
            ? codePointLength(input)
            : units;
        if (length === def.length)
            return;
        const origin = getLengthableOrigin(input);
        const tooBig = length > def.length;
        payload.issues.push({
            origin,
            ...(tooBig ? { code: "too_big", maximum: def.length } : { code: "too_small", minimum: def.length }),
            inclusive: true,
            exact: true,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckStringFormat = /*@__PURE__*/ $constructor("$ZodCheckStringFormat", (inst, def) => {
    var _a, _b;
    $ZodCheck.init(inst, def);
    if (def.pattern)
        (_a = inst._zod).check ?? (_a.check = (payload) => {
            def.pattern.lastIndex = 0;
            if (def.pattern.test(payload.value))
                return;
            payload.issues.push({
                origin: "string",
                code: "invalid_format",
                format: def.format,
                input: payload.value,
                ...(def.pattern ? { pattern: def.pattern.toString() } : {}),
                inst,
                continue: !def.abort,
            });
        });
    else
        (_b = inst._zod).check ?? (_b.check = () => { });
});
const $ZodCheckRegex = /*@__PURE__*/ $constructor("$ZodCheckRegex", (inst, def) => {
    $ZodCheckStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        def.pattern.lastIndex = 0;
        if (def.pattern.test(payload.value))
            return;
        payload.issues.push({
            origin: "string",
            code: "invalid_format",
            format: "regex",
            input: payload.value,
            pattern: def.pattern.toString(),
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckLowerCase = /*@__PURE__*/ $constructor("$ZodCheckLowerCase", (inst, def) => {
    def.pattern ?? (def.pattern = lowercase);
    $ZodCheckStringFormat.init(inst, def);
});
const $ZodCheckUpperCase = /*@__PURE__*/ $constructor("$ZodCheckUpperCase", (inst, def) => {
    def.pattern ?? (def.pattern = uppercase);
    $ZodCheckStringFormat.init(inst, def);
});
const $ZodCheckIncludes = /*@__PURE__*/ $constructor("$ZodCheckIncludes", (inst, def) => {
    $ZodCheck.init(inst, def);
    const escapedRegex = escapeRegex(def.includes);
    // `String.prototype.includes(sub, position)` matches `sub` at `position`
    // OR LATER, so the pattern must allow at least `position` leading chars
    // (`{N,}`), not exactly `position` chars (`{N}`).
    const pattern = new RegExp(typeof def.position === "number" ? `^.{${def.position},}${escapedRegex}` : escapedRegex);
    def.pattern = pattern;
    inst._zod.check = (payload) => {
        if (payload.value.includes(def.includes, def.position))
            return;
        payload.issues.push({
            origin: "string",
            code: "invalid_format",
            format: "includes",
            includes: def.includes,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckStartsWith = /*@__PURE__*/ $constructor("$ZodCheckStartsWith", (inst, def) => {
    $ZodCheck.init(inst, def);
    const pattern = new RegExp(`^${escapeRegex(def.prefix)}.*`);
    def.pattern ?? (def.pattern = pattern);
    inst._zod.check = (payload) => {
        if (payload.value.startsWith(def.prefix))
            return;
        payload.issues.push({
            origin: "string",
            code: "invalid_format",
            format: "starts_with",
            prefix: def.prefix,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCheckEndsWith = /*@__PURE__*/ $constructor("$ZodCheckEndsWith", (inst, def) => {
    $ZodCheck.init(inst, def);
    const pattern = new RegExp(`.*${escapeRegex(def.suffix)}$`);
    def.pattern ?? (def.pattern = pattern);
    inst._zod.check = (payload) => {
        if (payload.value.endsWith(def.suffix))
            return;
        payload.issues.push({
            origin: "string",
            code: "invalid_format",
            format: "ends_with",
            suffix: def.suffix,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
///////////////////////////////////
/////    $ZodCheckProperty    /////
///////////////////////////////////
function handleCheckPropertyResult(result, payload, property) {
    if (result.issues.length) {
        payload.issues.push(...prefixIssues(property, result.issues));
    }
}
const $ZodCheckProperty = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCheckProperty", (inst, def) => {
    $ZodCheck.init(inst, def);
    inst._zod.check = (payload) => {
        const result = def.schema._zod.run({
            value: payload.value[def.property],
            issues: [],
        }, {});
        if (result instanceof Promise) {
            return result.then((result) => handleCheckPropertyResult(result, payload, def.property));
        }
        handleCheckPropertyResult(result, payload, def.property);
        return;
    };
})));
const $ZodCheckProperties = /*@__PURE__*/ $constructor("$ZodCheckProperties", (inst, def) => {
    $ZodCheck.init(inst, def);
    hide(inst, Symbol.iterator, function* () {
        yield inst;
    });
    // key and schema snapshotted together: reading one live and the other cached lets a later mutation of the caller's shape object pair a stale key with a missing schema
    let entries;
    inst._zod.check = (payload) => {
        // the base schema already typed the value, so only a nullish one is rejected here: the properties read on a primitive too, matching z.property() on a string's length
        if (payload.value == null) {
            payload.issues.push({ expected: "object", code: "invalid_type", input: payload.value, inst });
            return undefined;
        }
        entries ?? (entries = Reflect.ownKeys(def.shape).map((key) => [key, def.shape[key]]));
        const input = payload.value;
        let proms;
        for (const [key, schema] of entries) {
            const result = schema._zod.run({ value: input[key], issues: [] }, {});
            if (result instanceof Promise) {
                proms ?? (proms = []);
                proms.push(result.then((result) => handleCheckPropertyResult(result, payload, key)));
            }
            else {
                handleCheckPropertyResult(result, payload, key);
            }
        }
        if (proms)
            return Promise.all(proms).then(() => undefined);
        return undefined;
    };
});
const $ZodCheckMimeType = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCheckMimeType", (inst, def) => {
    $ZodCheck.init(inst, def);
    const mimeSet = new Set(def.mime);
    inst._zod.check = (payload) => {
        if (mimeSet.has(payload.value.type))
            return;
        payload.issues.push({
            code: "invalid_value",
            values: def.mime,
            input: payload.value.type,
            inst,
            continue: !def.abort,
        });
    };
})));
const $ZodCheckOverwrite = /*@__PURE__*/ $constructor("$ZodCheckOverwrite", (inst, def) => {
    $ZodCheck.init(inst, def);
    inst._zod.check = (payload) => {
        payload.value = def.tx(payload.value);
    };
});

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/doc.js
class Doc {
    constructor(args = [], closed = {}) {
        this.content = [];
        this.indent = 0;
        this.args = args;
        this.closed = closed;
    }
    // the compiler catches a child's throw and keeps writing into this doc, so the indent has to unwind with it
    indented(fn) {
        this.indent += 1;
        try {
            fn(this);
        }
        finally {
            this.indent -= 1;
        }
    }
    write(arg) {
        if (typeof arg === "function") {
            arg(this, { execution: "sync" });
            arg(this, { execution: "async" });
            return;
        }
        const content = arg;
        const lines = content.split("\n").filter((x) => x);
        const minIndent = Math.min(...lines.map((x) => x.length - x.trimStart().length));
        const dedented = lines.map((x) => x.slice(minIndent)).map((x) => " ".repeat(this.indent * 2) + x);
        for (const line of dedented) {
            this.content.push(line);
        }
    }
    compile() {
        const F = Function;
        const content = this?.content ?? [``];
        const factory = new F(...Object.keys(this.closed), `return function (${this.args.join(", ")}) {\n${content.join("\n")}\n};`);
        return factory(...Object.values(this.closed));
    }
}

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/versions.js
const version = {
    major: 4,
    minor: 6,
    patch: 7,
};

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/schemas.js







const $ZodType = /*@__PURE__*/ $constructor("$ZodType", (inst, def) => {
    var _a;
    inst ?? (inst = {});
    inst._zod.def = def; // set _def property
    inst._zod.bag = inst._zod.bag || {}; // initialize _bag object
    inst._zod.version = version;
    const defChecks = inst._zod.def.checks;
    // if inst is itself a checks.$ZodCheck, run it as a check
    const checks = inst._zod.traits.has("$ZodCheck")
        ? [inst, ...(defChecks ?? [])]
        : defChecks?.length
            ? [...defChecks]
            : [];
    for (const ch of checks) {
        for (const fn of ch._zod.onattach) {
            fn(inst);
        }
    }
    if (checks.length === 0) {
        // deferred initializer inst._zod.parse is not yet defined
        (_a = inst._zod).deferred ?? (_a.deferred = []);
        inst._zod.deferred?.push(() => {
            inst._zod.run = inst._zod.parse;
        });
    }
    else {
        const runChecks = (payload, checks, ctx) => {
            if (payload.memo)
                return payload;
            let isAborted = aborted(payload);
            let asyncResult;
            for (const ch of checks) {
                if (ch._zod.def.when) {
                    if (explicitlyAborted(payload))
                        continue;
                    const shouldRun = ch._zod.def.when(payload);
                    if (!shouldRun)
                        continue;
                }
                else if (isAborted) {
                    continue;
                }
                const currLen = payload.issues.length;
                const _ = ch._zod.check(payload);
                if (_ instanceof Promise && ctx?.async === false) {
                    throw new $ZodAsyncError();
                }
                if (asyncResult || _ instanceof Promise) {
                    asyncResult = (asyncResult ?? Promise.resolve()).then(async () => {
                        await _;
                        const nextLen = payload.issues.length;
                        if (nextLen === currLen)
                            return;
                        attachSchema(payload.issues, currLen, inst);
                        if (!isAborted)
                            isAborted = aborted(payload, currLen);
                    });
                }
                else {
                    const nextLen = payload.issues.length;
                    if (nextLen === currLen)
                        continue;
                    attachSchema(payload.issues, currLen, inst);
                    if (!isAborted)
                        isAborted = aborted(payload, currLen);
                }
            }
            if (asyncResult) {
                return asyncResult.then(() => {
                    return payload;
                });
            }
            return payload;
        };
        const handleCanaryResult = (canary, payload, ctx) => {
            // abort if the canary is aborted
            if (aborted(canary)) {
                canary.aborted = true;
                return canary;
            }
            // run checks first, then
            const checkResult = runChecks(payload, checks, ctx);
            if (checkResult instanceof Promise) {
                if (ctx.async === false)
                    throw new $ZodAsyncError();
                return checkResult.then((checkResult) => inst._zod.parse(checkResult, ctx));
            }
            return inst._zod.parse(checkResult, ctx);
        };
        inst._zod.run = (payload, ctx) => {
            if (ctx.skipChecks) {
                return inst._zod.parse(payload, ctx);
            }
            if (ctx.direction === "backward") {
                // run canary initial pass (no checks)
                const canary = inst._zod.parse({ value: payload.value, issues: [] }, { ...ctx, skipChecks: true });
                if (canary instanceof Promise) {
                    return canary.then((canary) => {
                        return handleCanaryResult(canary, payload, ctx);
                    });
                }
                return handleCanaryResult(canary, payload, ctx);
            }
            // forward
            const result = inst._zod.parse(payload, ctx);
            if (result instanceof Promise) {
                if (ctx.async === false)
                    throw new $ZodAsyncError();
                return result.then((result) => runChecks(result, checks, ctx));
            }
            return runChecks(result, checks, ctx);
        };
    }
}, {
    // Wrappers extend this by installing a richer factory over it; reading it eagerly would defeat the laziness.
    get "~standard"() {
        return hide(this, "~standard", standardProps(this));
    },
    set "~standard"(value) {
        own(this, "~standard", value);
    },
});
/** The Standard Schema surface for `inst`. Shared so wrappers can extend it without forcing it. */
// a Standard Schema result only reports issues, so a failure finalizes them straight off the raw payload: no ZodError, and no lazy result to read through
const toStandardResult = (r, ctx) => r.issues.length ? { issues: r.issues.map((iss) => finalizeIssue(iss, ctx, config())) } : { value: r.value };
async function validateAsync(inst, value) {
    const ctx = { async: true };
    return toStandardResult((await inst._zod.run({ value, issues: [] }, ctx)), ctx);
}
function standardProps(inst) {
    return {
        validate: (value) => {
            const ctx = { async: false };
            try {
                const r = inst._zod.run({ value, issues: [] }, ctx);
                if (!(r instanceof Promise))
                    return toStandardResult(r, ctx);
            }
            catch (_) { }
            // async function so a synchronously throwing check rejects instead of escaping validate
            return validateAsync(inst, value);
        },
        vendor: "zod",
        version: 1,
    };
}

const $ZodString = /*@__PURE__*/ $constructor("$ZodString", (inst, def) => {
    $ZodType.init(inst, def);
    // a format's own pattern, else unbounded; a template literal derives the check-aware form itself
    inst._zod.pattern = def.pattern ?? anyString;
    inst._zod.parse = (payload, _) => {
        if (def.coerce)
            try {
                payload.value = String(payload.value);
            }
            catch (_) { }
        if (typeof payload.value === "string")
            return payload;
        payload.issues.push({
            expected: "string",
            code: "invalid_type",
            input: payload.value,
            inst,
        });
        return payload;
    };
});
const $ZodStringFormat = /*@__PURE__*/ $constructor("$ZodStringFormat", (inst, def) => {
    // check initialization must come first
    $ZodCheckStringFormat.init(inst, def);
    $ZodString.init(inst, def);
});
const $ZodGUID = /*@__PURE__*/ $constructor("$ZodGUID", (inst, def) => {
    def.pattern ?? (def.pattern = guid);
    $ZodStringFormat.init(inst, def);
});
const $ZodUUID = /*@__PURE__*/ $constructor("$ZodUUID", (inst, def) => {
    if (def.version) {
        const versionMap = {
            v1: 1,
            v2: 2,
            v3: 3,
            v4: 4,
            v5: 5,
            v6: 6,
            v7: 7,
            v8: 8,
        };
        const v = versionMap[def.version];
        if (v === undefined)
            throw new Error(`Invalid UUID version: "${def.version}"`);
        def.pattern ?? (def.pattern = uuid(v));
    }
    else
        def.pattern ?? (def.pattern = uuid());
    $ZodStringFormat.init(inst, def);
});
const $ZodEmail = /*@__PURE__*/ $constructor("$ZodEmail", (inst, def) => {
    def.pattern ?? (def.pattern = email);
    $ZodStringFormat.init(inst, def);
});
/** The `://` guard rejected the input before the URL constructor saw it. */
const URL_BAD_FORMAT = 1;
/** The URL parser rejected the input. */
const URL_UNPARSEABLE = 2;
function canParseURL(input) {
    try {
        if (typeof URL !== "undefined" && typeof URL.canParse === "function")
            return URL.canParse(input);
        new URL(input);
        return true;
    }
    catch {
        return false;
    }
}
function validateURL(trimmed, def) {
    if (!("normalize" in def) && !("hostname" in def) && !("protocol" in def)) {
        return canParseURL(trimmed) || URL_UNPARSEABLE;
    }
    return parseURLObject(trimmed, def);
}
/** Parses a URL while preserving the non-normalizing HTTP guard. */
function parseURLObject(trimmed, def) {
    // When normalize is off, require :// for http/https URLs. This prevents strings like "http:example.com" or "https:/path" from being silently accepted
    if (!def.normalize && def.protocol?.source === httpProtocol.source && !/^https?:\/\//i.test(trimmed)) {
        return URL_BAD_FORMAT;
    }
    try {
        if (typeof URL !== "undefined") {
            const URLStatic = URL;
            if (typeof URLStatic.parse === "function")
                return URLStatic.parse(trimmed) ?? URL_UNPARSEABLE;
        }
        // @ts-ignore
        return new URL(trimmed);
    }
    catch {
        return URL_UNPARSEABLE;
    }
}
const asciiTabOrNewline = /[\t\n\r]/g;
/** The URL parser deletes every ASCII tab, LF and CR from its input before it parses, so `new URL("https://exa\nmple.com")` reports on `example.com`. Applying the same deletion to the returned value closes the half of that divergence which can move the host; the parser's other rewrite, stripping C0 controls at the edges, cannot. */
function stripTabAndNewline(value) {
    return value.replace(asciiTabOrNewline, "");
}
function urlHostnameOk(url, hostname) {
    hostname.lastIndex = 0;
    return hostname.test(url.hostname);
}
function urlProtocolOk(url, protocol) {
    protocol.lastIndex = 0;
    return protocol.test(url.protocol.endsWith(":") ? url.protocol.slice(0, -1) : url.protocol);
}
const $ZodURL = /*@__PURE__*/ $constructor("$ZodURL", (inst, def) => {
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        try {
            // Trim whitespace from input
            const trimmed = payload.value.trim();
            const url = validateURL(trimmed, def);
            if (url === URL_BAD_FORMAT) {
                payload.issues.push({
                    code: "invalid_format",
                    format: "url",
                    note: "Invalid URL format",
                    input: payload.value,
                    inst,
                    continue: !def.abort,
                });
                return;
            }
            if (url === URL_UNPARSEABLE) {
                payload.issues.push({
                    code: "invalid_format",
                    format: "url",
                    input: payload.value,
                    inst,
                    continue: !def.abort,
                });
                return;
            }
            if (url === true) {
                payload.value = stripTabAndNewline(trimmed);
                return;
            }
            if (def.hostname && !urlHostnameOk(url, def.hostname)) {
                payload.issues.push({
                    code: "invalid_format",
                    format: "url",
                    note: "Invalid hostname",
                    pattern: def.hostname.source,
                    input: payload.value,
                    inst,
                    continue: !def.abort,
                });
            }
            if (def.protocol && !urlProtocolOk(url, def.protocol)) {
                payload.issues.push({
                    code: "invalid_format",
                    format: "url",
                    note: "Invalid protocol",
                    pattern: def.protocol.source,
                    input: payload.value,
                    inst,
                    continue: !def.abort,
                });
            }
            // Set the output value based on normalize flag
            payload.value = def.normalize ? url.href : stripTabAndNewline(trimmed);
            return;
        }
        catch (_) {
            payload.issues.push({
                code: "invalid_format",
                format: "url",
                input: payload.value,
                inst,
                continue: !def.abort,
            });
        }
    };
});
const $ZodEmoji = /*@__PURE__*/ $constructor("$ZodEmoji", (inst, def) => {
    def.pattern ?? (def.pattern = emoji());
    $ZodStringFormat.init(inst, def);
});
const $ZodNanoID = /*@__PURE__*/ $constructor("$ZodNanoID", (inst, def) => {
    if (def.length !== undefined && (!Number.isInteger(def.length) || def.length < 1))
        throw new Error(`Invalid nanoid length: ${def.length}`);
    def.pattern ?? (def.pattern = def.length === undefined ? nanoid : nanoidOfLength(def.length));
    $ZodStringFormat.init(inst, def);
});
/**
 * @deprecated CUID v1 is deprecated by its authors due to information leakage
 * (timestamps embedded in the id). Use {@link $ZodCUID2} instead.
 * See https://github.com/paralleldrive/cuid.
 */
const $ZodCUID = /*@__PURE__*/ $constructor("$ZodCUID", (inst, def) => {
    def.pattern ?? (def.pattern = cuid);
    $ZodStringFormat.init(inst, def);
});
const $ZodCUID2 = /*@__PURE__*/ $constructor("$ZodCUID2", (inst, def) => {
    def.pattern ?? (def.pattern = cuid2);
    $ZodStringFormat.init(inst, def);
});
const $ZodULID = /*@__PURE__*/ $constructor("$ZodULID", (inst, def) => {
    def.pattern ?? (def.pattern = ulid);
    $ZodStringFormat.init(inst, def);
});
const $ZodXID = /*@__PURE__*/ $constructor("$ZodXID", (inst, def) => {
    def.pattern ?? (def.pattern = xid);
    $ZodStringFormat.init(inst, def);
});
const $ZodKSUID = /*@__PURE__*/ $constructor("$ZodKSUID", (inst, def) => {
    def.pattern ?? (def.pattern = ksuid);
    $ZodStringFormat.init(inst, def);
});
const $ZodISODateTime = /*@__PURE__*/ $constructor("$ZodISODateTime", (inst, def) => {
    def.pattern ?? (def.pattern = datetime(def));
    $ZodStringFormat.init(inst, def);
});
const $ZodISODate = /*@__PURE__*/ $constructor("$ZodISODate", (inst, def) => {
    def.pattern ?? (def.pattern = date);
    $ZodStringFormat.init(inst, def);
});
const $ZodISOTime = /*@__PURE__*/ $constructor("$ZodISOTime", (inst, def) => {
    def.pattern ?? (def.pattern = time(def));
    $ZodStringFormat.init(inst, def);
});
const $ZodISODuration = /*@__PURE__*/ $constructor("$ZodISODuration", (inst, def) => {
    def.pattern ?? (def.pattern = duration);
    $ZodStringFormat.init(inst, def);
});
const $ZodIPv4 = /*@__PURE__*/ $constructor("$ZodIPv4", (inst, def) => {
    def.pattern ?? (def.pattern = ipv4);
    $ZodStringFormat.init(inst, def);
});
/** An IPv6 address is written with hex digits, colons and dots, and nothing else. The guard is what makes the check below an IPv6 check: `new URL("http://[...]")` parses an authority, not an address, so `@` and `\` re-delimit it and `"::@1\\"` validates against the host `0.0.0.1`. The URL parser also deletes ASCII tab, LF and CR rather than failing, which is how `"::1\n"` validated as `::1`. */
const ipv6Alphabet = /^[0-9a-fA-F:.]+$/;
function isValidIPv6(value) {
    if (!ipv6Alphabet.test(value))
        return false;
    return canParseURL(`http://[${value}]`);
}
const $ZodIPv6 = /*@__PURE__*/ $constructor("$ZodIPv6", (inst, def) => {
    def.pattern ?? (def.pattern = ipv6);
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (!isValidIPv6(payload.value)) {
            payload.issues.push({
                code: "invalid_format",
                format: "ipv6",
                input: payload.value,
                inst,
                continue: !def.abort,
            });
        }
    };
});
const $ZodMAC = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodMAC", (inst, def) => {
    def.pattern ?? (def.pattern = regexes.mac(def.delimiter));
    $ZodStringFormat.init(inst, def);
})));
const $ZodCIDRv4 = /*@__PURE__*/ $constructor("$ZodCIDRv4", (inst, def) => {
    def.pattern ?? (def.pattern = cidrv4);
    $ZodStringFormat.init(inst, def);
});
function isValidCIDRv6(value) {
    const parts = value.split("/");
    if (parts.length !== 2)
        return false;
    const [address, prefix] = parts;
    if (!prefix)
        return false;
    const prefixNum = Number(prefix);
    if (`${prefixNum}` !== prefix)
        return false;
    if (prefixNum < 0 || prefixNum > 128)
        return false;
    return isValidIPv6(address);
}
const $ZodCIDRv6 = /*@__PURE__*/ $constructor("$ZodCIDRv6", (inst, def) => {
    def.pattern ?? (def.pattern = cidrv6); // not used for validation
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (!isValidCIDRv6(payload.value)) {
            payload.issues.push({
                code: "invalid_format",
                format: "cidrv6",
                input: payload.value,
                inst,
                continue: !def.abort,
            });
        }
    };
});
//////////////////////////////   ZodBase64   //////////////////////////////
function isValidBase64(data) {
    if (data === "")
        return true;
    // atob ignores whitespace, so reject it up front.
    if (/\s/.test(data))
        return false;
    if (data.length % 4 !== 0)
        return false;
    try {
        // @ts-ignore
        atob(data);
        return true;
    }
    catch {
        return false;
    }
}
// lax on purpose: the quantified regexes.base64 overflows the regex stack on multi-MB input and its leading ^$| alternation leaks through template-literal composition; isValidBase64 enforces length and padding
const base64Charset = /^[0-9a-zA-Z+/]*={0,2}$/;
const $ZodBase64 = /*@__PURE__*/ $constructor("$ZodBase64", (inst, def) => {
    def.pattern ?? (def.pattern = base64Charset);
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (isValidBase64(payload.value))
            return;
        payload.issues.push({
            code: "invalid_format",
            format: "base64",
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
//////////////////////////////   ZodBase64URL   //////////////////////////////
// lax on purpose: the quantified regexes.base64url overflows the regex stack on multi-MB input; isValidBase64 enforces length on the padded string
const base64urlCharset = /^[A-Za-z0-9_-]*$/;
function isValidBase64URL(data) {
    if (!base64urlCharset.test(data))
        return false;
    const base64 = data.replace(/[-_]/g, (c) => (c === "-" ? "+" : "/"));
    const padded = base64.padEnd(Math.ceil(base64.length / 4) * 4, "=");
    return isValidBase64(padded);
}
const $ZodBase64URL = /*@__PURE__*/ $constructor("$ZodBase64URL", (inst, def) => {
    def.pattern ?? (def.pattern = base64urlCharset);
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (isValidBase64URL(payload.value))
            return;
        payload.issues.push({
            code: "invalid_format",
            format: "base64url",
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodE164 = /*@__PURE__*/ $constructor("$ZodE164", (inst, def) => {
    def.pattern ?? (def.pattern = e164);
    $ZodStringFormat.init(inst, def);
});
//////////////////////////////   ZodCreditCard   //////////////////////////////
const CC_SANITIZE = /[- ]/g;
/** Luhn checksum on a digit-only string. Adapted from valibot (MIT). */
function isLuhnAlgo(digits) {
    let length = digits.length;
    let bit = 1;
    let sum = 0;
    while (length) {
        const value = digits.charCodeAt(--length) - 48;
        bit ^= 1;
        sum += bit ? [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][value] : value;
    }
    return sum % 10 === 0;
}
function isValidCreditCard(input) {
    if (!regexes.creditCard.test(input))
        return false;
    return isLuhnAlgo(input.replace(CC_SANITIZE, ""));
}
const $ZodCreditCard = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCreditCard", (inst, def) => {
    // Shape only — the Luhn check below is not expressible as a pattern, so consumers of `pattern` (JSON Schema, template literals) get the length and separator rules alone.
    def.pattern ?? (def.pattern = regexes.creditCard);
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (isValidCreditCard(payload.value))
            return;
        payload.issues.push({
            code: "invalid_format",
            format: "credit_card",
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
})));
//////////////////////////////   ZodIBAN   //////////////////////////////
// iso 7064 mod 97-10 checksum without BigInt
function isIso7064Mod97(iban) {
    let remainder = 0;
    const len = iban.length;
    for (let i = 4; i < len; i++) {
        const code = iban.charCodeAt(i);
        remainder = (code >= 65 ? remainder * 100 + (code - 55) : remainder * 10 + (code - 48)) % 97;
    }
    for (let i = 0; i < 4; i++) {
        const code = iban.charCodeAt(i);
        remainder = (code >= 65 ? remainder * 100 + (code - 55) : remainder * 10 + (code - 48)) % 97;
    }
    return remainder === 1;
}
function isValidIBAN(input) {
    if (!regexes.iban.test(input))
        return false;
    return isIso7064Mod97(input);
}
const $ZodIBAN = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodIBAN", (inst, def) => {
    // shape only — checksum is not expressible as a pattern
    def.pattern ?? (def.pattern = regexes.iban);
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (isValidIBAN(payload.value))
            return;
        payload.issues.push({
            code: "invalid_format",
            format: "iban",
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
})));
//////////////////////////////   ZodJWT   //////////////////////////////
function isValidJWT(token, algorithm = null) {
    try {
        const tokensParts = token.split(".");
        if (tokensParts.length !== 3)
            return false;
        const [header] = tokensParts;
        if (!header)
            return false;
        // @ts-ignore
        const parsedHeader = JSON.parse(atob(header));
        if ("typ" in parsedHeader && parsedHeader?.typ !== "JWT")
            return false;
        if (!parsedHeader.alg)
            return false;
        if (algorithm && (!("alg" in parsedHeader) || parsedHeader.alg !== algorithm))
            return false;
        return true;
    }
    catch {
        return false;
    }
}
const $ZodJWT = /*@__PURE__*/ $constructor("$ZodJWT", (inst, def) => {
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (isValidJWT(payload.value, def.alg))
            return;
        payload.issues.push({
            code: "invalid_format",
            format: "jwt",
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
});
const $ZodCustomStringFormat = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCustomStringFormat", (inst, def) => {
    $ZodStringFormat.init(inst, def);
    inst._zod.check = (payload) => {
        if (def.fn(payload.value))
            return;
        payload.issues.push({
            code: "invalid_format",
            format: def.format,
            input: payload.value,
            inst,
            continue: !def.abort,
        });
    };
})));
const $ZodNumber = /*@__PURE__*/ $constructor("$ZodNumber", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.pattern = number;
    inst._zod.parse = (payload, _ctx) => {
        if (def.coerce)
            try {
                payload.value = Number(payload.value);
            }
            catch (_) { }
        const input = payload.value;
        if (typeof input === "number" && !Number.isNaN(input) && Number.isFinite(input)) {
            return payload;
        }
        const received = typeof input === "number"
            ? Number.isNaN(input)
                ? "NaN"
                : !Number.isFinite(input)
                    ? String(input)
                    : undefined
            : undefined;
        payload.issues.push({
            expected: "number",
            code: "invalid_type",
            input,
            inst,
            ...(received ? { received } : {}),
        });
        return payload;
    };
});
const $ZodNumberFormat = /*@__PURE__*/ $constructor("$ZodNumberFormat", (inst, def) => {
    $ZodCheckNumberFormat.init(inst, def);
    $ZodNumber.init(inst, def); // no format checks
});
const $ZodBoolean = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodBoolean", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.pattern = regexes.boolean;
    inst._zod.parse = (payload, _ctx) => {
        if (def.coerce)
            try {
                payload.value = Boolean(payload.value);
            }
            catch (_) { }
        const input = payload.value;
        if (typeof input === "boolean")
            return payload;
        payload.issues.push({
            expected: "boolean",
            code: "invalid_type",
            input,
            inst,
        });
        return payload;
    };
})));
const $ZodBigInt = /*@__PURE__*/ $constructor("$ZodBigInt", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.pattern = bigint;
    inst._zod.parse = (payload, _ctx) => {
        if (def.coerce)
            try {
                payload.value = BigInt(payload.value);
            }
            catch (_) { }
        if (typeof payload.value === "bigint")
            return payload;
        payload.issues.push({
            expected: "bigint",
            code: "invalid_type",
            input: payload.value,
            inst,
        });
        return payload;
    };
});
const $ZodBigIntFormat = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodBigIntFormat", (inst, def) => {
    checks.$ZodCheckBigIntFormat.init(inst, def);
    $ZodBigInt.init(inst, def); // no format checks
})));
const $ZodSymbol = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodSymbol", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        if (typeof input === "symbol")
            return payload;
        payload.issues.push({
            expected: "symbol",
            code: "invalid_type",
            input,
            inst,
        });
        return payload;
    };
})));
const $ZodUndefined = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodUndefined", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.pattern = regexes.undefined;
    inst._zod.values = new Set([undefined]);
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        if (typeof input === "undefined")
            return payload;
        payload.issues.push({
            expected: "undefined",
            code: "invalid_type",
            input,
            inst,
        });
        return payload;
    };
})));
const $ZodNull = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodNull", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.pattern = regexes.null;
    inst._zod.values = new Set([null]);
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        if (input === null)
            return payload;
        payload.issues.push({
            expected: "null",
            code: "invalid_type",
            input,
            inst,
        });
        return payload;
    };
})));
const $ZodAny = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodAny", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload) => payload;
})));
const $ZodUnknown = /*@__PURE__*/ $constructor("$ZodUnknown", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload) => payload;
});
const $ZodNever = /*@__PURE__*/ $constructor("$ZodNever", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _ctx) => {
        payload.issues.push({
            expected: "never",
            code: "invalid_type",
            input: payload.value,
            inst,
        });
        return payload;
    };
});
const $ZodVoid = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodVoid", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        if (typeof input === "undefined")
            return payload;
        payload.issues.push({
            expected: "void",
            code: "invalid_type",
            input,
            inst,
        });
        return payload;
    };
})));
const $ZodDate = /*@__PURE__*/ $constructor("$ZodDate", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _ctx) => {
        if (def.coerce) {
            try {
                payload.value = new Date(payload.value);
            }
            catch (_err) { }
        }
        const input = payload.value;
        const isDate = input instanceof Date;
        const isValidDate = isDate && !Number.isNaN(input.getTime());
        if (isValidDate)
            return payload;
        payload.issues.push({
            expected: "date",
            code: "invalid_type",
            input,
            ...(isDate ? { received: "Invalid Date" } : {}),
            inst,
        });
        return payload;
    };
});
// an oversized container fails its leading size checks before any element is parsed
function capSize(inst, size) {
    const caps = sizeCaps(inst._zod.def.checks);
    if (!caps.length)
        return;
    const cap = Math.min(...caps.map((c) => c[0]));
    const parse = inst._zod.parse;
    inst._zod.parse = (payload, ctx) => {
        const n = size(payload.value);
        if (n > cap && !ctx?.skipChecks && ctx?.direction !== "backward") {
            for (const [max, ch] of sizeCaps(inst._zod.def.checks)) {
                if (n > max && ch._zod.def.when(payload)) {
                    const start = payload.issues.length;
                    ch._zod.check(payload);
                    // the value is still the raw input, so no later check may read it
                    payload.issues[start].continue = false;
                    attachSchema(payload.issues, start, inst);
                    return payload;
                }
            }
        }
        return parse(payload, ctx);
    };
}
const arraySize = (input) => (Array.isArray(input) ? input.length : -1);
const mapSize = (input) => (input instanceof Map ? input.size : -1);
const setSize = (input) => (input instanceof Set ? input.size : -1);
function handleArrayResult(result, final, index) {
    if (result.issues.length) {
        final.issues.push(...prefixIssues(index, result.issues));
    }
    final.value[index] = result.value;
}
const $ZodArray = /*@__PURE__*/ $constructor("$ZodArray", (inst, def) => {
    $ZodType.init(inst, def);
    const memo = globalConfig.memoizer;
    memo?.attach(inst);
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        if (!Array.isArray(input)) {
            payload.issues.push({
                expected: "array",
                code: "invalid_type",
                input,
                inst,
            });
            return payload;
        }
        payload.value = memo ? memo.alloc(inst, payload, Array(input.length), ctx) : Array(input.length);
        const proms = [];
        const abortEarly = ctx?.abortEarly;
        for (let i = 0; i < input.length; i++) {
            const item = input[i];
            const result = def.element._zod.run({
                value: item,
                issues: [],
            }, ctx);
            if (result instanceof Promise) {
                proms.push(result.then((result) => handleArrayResult(result, payload, i)));
            }
            else {
                handleArrayResult(result, payload, i);
                // the element's payload is authoritative here, since handleArrayResult forwards every issue; an object's is not, because it drops a failed absent optional
                if (abortEarly && result.issues.length !== 0 && aborted(result))
                    break;
            }
        }
        if (proms.length) {
            return Promise.all(proms).then(() => payload);
        }
        return payload; //handleArrayResultsAsync(parseResults, final);
    };
    capSize(inst, arraySize);
});
function handlePropertyResult(result, final, key, input, optin, optout) {
    const isPresent = key in input;
    const isOptionalOut = optout === "optional";
    // The middle rung means "absence permitted, nothing supplied in its place", so an absent key contributes nothing — whatever the schema made of `undefined` is invented, not substituted. Only `optional` reaches this with a value: `defaulted` substitutes, and a schema that isn't optional-out has to keep the key.
    if (!isPresent && isOptionalOut && optin === "optional") {
        return;
    }
    if (result.issues.length) {
        // For optional-in/out schemas, ignore errors on absent keys.
        if (optin !== undefined && isOptionalOut && !isPresent) {
            return;
        }
        final.issues.push(...prefixIssues(key, result.issues));
    }
    if (!isPresent && optin === undefined) {
        if (!result.issues.length) {
            final.issues.push({
                code: "invalid_type",
                expected: "nonoptional",
                input: undefined,
                path: [key],
            });
        }
        return;
    }
    if (result.value === undefined) {
        if (isPresent || (optin === "defaulted" && !isOptionalOut)) {
            final.value[key] = undefined;
        }
    }
    else {
        final.value[key] = result.value;
    }
}
// one shared instance; a fresh [] per schema cost 56 bytes retained
const NO_SYMBOL_KEYS = [];
function normalizeDef(def) {
    const keys = Object.keys(def.shape);
    const ownSymbols = Object.getOwnPropertySymbols(def.shape);
    const symbolKeys = ownSymbols.length ? ownSymbols : NO_SYMBOL_KEYS;
    // aliases `keys` when there are no symbols, so a string-only shape keeps one array
    const allKeys = symbolKeys.length ? [...keys, ...symbolKeys] : keys;
    for (const k of allKeys) {
        if (!def.shape?.[k]?._zod?.traits?.has("$ZodType")) {
            throw new Error(`Invalid element at key "${String(k)}": expected a Zod schema`);
        }
    }
    const okeys = optionalKeys(def.shape);
    return {
        ...def,
        allKeys,
        symbolKeys,
        // string-only: handleCatchall matches it against `for...in`, which never yields a symbol
        keySet: new Set(keys),
        numKeys: keys.length,
        optionalKeys: new Set(okeys),
    };
}
function handleCatchall(proms, input, payload, ctx, def, inst, abortEarly) {
    const unrecognized = [];
    const keySet = def.keySet;
    const _catchall = def.catchall._zod;
    const t = _catchall.def.type;
    const optin = _catchall.optin;
    const optout = _catchall.optout;
    // starts at 0, not the current length: the shape phase already ran and may have aborted
    let seen = 0;
    for (const key in input) {
        if (abortEarly && payload.issues.length !== seen) {
            if (aborted(payload, seen))
                break;
            seen = payload.issues.length;
        }
        // Must precede the __proto__ branch: a declared key is not unrecognized, even though the shape loop deliberately strips __proto__ from the parsed output.
        if (keySet.has(key))
            continue;
        // Don't copy an undeclared __proto__ into the result; assignment to a plain {} would replace the result prototype. But in strict mode it is still an unknown key, so report it before skipping.
        if (key === "__proto__") {
            if (t === "never")
                unrecognized.push(key);
            continue;
        }
        if (t === "never") {
            unrecognized.push(key);
            continue;
        }
        const r = _catchall.run({ value: input[key], issues: [] }, ctx);
        if (r instanceof Promise) {
            proms.push(r.then((r) => handlePropertyResult(r, payload, key, input, optin, optout)));
        }
        else {
            handlePropertyResult(r, payload, key, input, optin, optout);
        }
    }
    if (unrecognized.length) {
        payload.issues.push({
            code: "unrecognized_keys",
            keys: unrecognized,
            input,
            inst,
            // Describes the shape of the input, not the validity of the parsed value, so it never aborts. The parse still fails; the schema's own checks just get to run first, and an enclosing intersection can reconcile the key against a sibling operand.
            continue: true,
        });
    }
    if (!proms.length)
        return payload;
    return Promise.all(proms).then(() => {
        return payload;
    });
}
const $ZodObject = /*@__PURE__*/ $constructor("$ZodObject", (inst, def) => {
    // requires cast because technically $ZodObject doesn't extend
    $ZodType.init(inst, def);
    const desc = Object.getOwnPropertyDescriptor(def, "shape");
    // a cloned def carries its source's accessor, which knows the shape it answers from; adopting that keeps the clone's keys readable without running it
    const sh = desc?.get ? desc.get.raw : (def.shape ?? {});
    if (sh) {
        // Freezes the shape on first read, so its getters resolve once and every later read sees the same schemas.
        const get = () => {
            const newSh = { ...sh };
            Object.defineProperty(def, "shape", { value: newSh });
            get.raw = newSh;
            return newSh;
        };
        get.raw = sh;
        Object.defineProperty(def, "shape", { get });
    }
    const _normalized = cached(() => normalizeDef(def));
    defineLazyInternal(inst, "propValues", (zod) => {
        const shape = zod.def.shape;
        const propValues = {};
        for (const key in shape) {
            const field = shape[key]._zod;
            if (field.values) {
                if (!Object.prototype.hasOwnProperty.call(propValues, key)) {
                    util_assignProp(propValues, key, new Set());
                }
                for (const v of field.values)
                    propValues[key].add(v);
                // An omittable slot reads back as undefined at a discriminator lookup, so it has to claim undefined: two options that can both omit the key are not discriminable on it.
                if (field.optin !== undefined)
                    propValues[key].add(undefined);
            }
        }
        return propValues;
    });
    const isObject = util_isObject;
    const catchall = def.catchall;
    let value;
    const memo = globalConfig.memoizer;
    memo?.attach(inst);
    inst._zod.parse = (payload, ctx) => {
        value ?? (value = _normalized.value);
        const input = payload.value;
        if (!isObject(input)) {
            payload.issues.push({
                expected: "object",
                code: "invalid_type",
                input,
                inst,
            });
            return payload;
        }
        payload.value = memo ? memo.alloc(inst, payload, {}, ctx) : {};
        const proms = [];
        const shape = value.shape;
        const abortEarly = ctx?.abortEarly;
        let seen = payload.issues.length;
        for (const key of value.allKeys) {
            if (abortEarly && payload.issues.length !== seen) {
                if (aborted(payload, seen))
                    break;
                seen = payload.issues.length;
            }
            if (key === "__proto__")
                continue;
            const el = shape[key];
            const optin = el._zod.optin;
            const optout = el._zod.optout;
            const r = el._zod.run({ value: input[key], issues: [] }, ctx);
            if (r instanceof Promise) {
                proms.push(r.then((r) => handlePropertyResult(r, payload, key, input, optin, optout)));
            }
            else {
                handlePropertyResult(r, payload, key, input, optin, optout);
            }
        }
        if (!catchall) {
            return proms.length ? Promise.all(proms).then(() => payload) : payload;
        }
        return handleCatchall(proms, input, payload, ctx, _normalized.value, inst, abortEarly === true);
    };
});
const $ZodObjectJIT = /*@__PURE__*/ $constructor("$ZodObjectJIT", (inst, def) => {
    // requires cast because technically $ZodObject doesn't extend
    $ZodObject.init(inst, def);
    const superParse = inst._zod.parse;
    const _normalized = cached(() => normalizeDef(def));
    const memo = globalConfig.memoizer;
    const generateFastpass = (shape) => {
        const normalized = _normalized.value;
        const syms = normalized.symbolKeys;
        // a symbol has no source literal, so it is read as `syms[i]` off the closed-over scope
        const doc = new Doc(["payload", "ctx"], { shape, inst, memo, syms });
        const parseStr = (k) => `shape[${k}]._zod.run({ value: input[${k}], issues: [] }, ctx)`;
        // prefixes in place, like util.prefixIssues. newResult must land before the early return: a catchall runs after this and would otherwise write onto the caller's input
        const prefixStr = (id, k) => `
          let ${id}_ab = false;
          for (let i = 0; i < ${id}.issues.length; i++) {
            const iss = ${id}.issues[i];
            iss.path = iss.path ? [${k}, ...iss.path] : [${k}];
            payload.issues.push(iss);
            if (iss.continue !== true) ${id}_ab = true;
          }
          if (${id}_ab && ctx && ctx.abortEarly) {
            payload.value = newResult;
            return payload;
          }`;
        doc.write(`const input = payload.value;`);
        const ids = Object.create(null);
        let counter = 0;
        for (const key of normalized.allKeys) {
            ids[key] = `key_${counter++}`;
        }
        // A: preserve key order {
        doc.write(memo ? `const newResult = memo.alloc(inst, payload, {}, ctx);` : `const newResult = {};`);
        for (const key of normalized.allKeys) {
            if (key === "__proto__")
                continue;
            const id = ids[key];
            const k = typeof key === "symbol" ? `syms[${syms.indexOf(key)}]` : esc(key);
            const isPresent = `${k} in input`;
            const schema = shape[key];
            const optin = schema?._zod?.optin;
            const isOptionalIn = optin !== undefined;
            const isOptionalOut = schema?._zod?.optout === "optional";
            doc.write(`const ${id} = ${parseStr(k)};`);
            if (isOptionalIn && isOptionalOut) {
                // For optional-in/out schemas, ignore errors on absent keys — and, like the interpreted path, drop the value produced alongside them. The middle rung goes further: it permits absence without supplying anything in its place, so an absent key contributes nothing at all.
                const assign = optin === "optional" ? `${id}_present` : `${id}.value !== undefined || ${id}_present`;
                doc.write(`
        const ${id}_present = ${isPresent};
        if (!${id}.issues.length || ${id}_present) {
          if (${id}.issues.length) {${prefixStr(id, k)}
          }

          if (${assign}) {
            newResult[${k}] = ${id}.value;
          }
        }

      `);
            }
            else if (!isOptionalIn) {
                doc.write(`
        const ${id}_present = ${isPresent};
        if (${id}.issues.length) {${prefixStr(id, k)}
        }
        if (!${id}_present && !${id}.issues.length) {
          payload.issues.push({
            code: "invalid_type",
            expected: "nonoptional",
            input: undefined,
            path: [${k}]
          });
          if (ctx && ctx.abortEarly) {
            payload.value = newResult;
            return payload;
          }
        }

        if (${id}_present) {
          newResult[${k}] = ${id}.value;
        }

      `);
            }
            else {
                doc.write(`
        if (${id}.issues.length) {${prefixStr(id, k)}
        }
      `);
                if (optin === "defaulted") {
                    doc.write(`newResult[${k}] = ${id}.value;`);
                }
                else {
                    doc.write(`
        if (${id}.value !== undefined || ${isPresent}) {
          newResult[${k}] = ${id}.value;
        }
      `);
                }
            }
        }
        doc.write(`payload.value = newResult;`);
        doc.write(`return payload;`);
        // closing `shape` in is what pays: turbofan specializes the parser against that one shape object, so every `shape[k]._zod.run` folds to a known callee. as a parameter it stays a generic load and measures 13% slower even with the forwarding frame gone
        return doc.compile();
    };
    let fastpass;
    const isObject = util_isObject;
    const jit = !globalConfig.jitless;
    const allowsEval = util_allowsEval;
    const fastEnabled = jit && allowsEval.value; // && !def.catchall;
    const catchall = def.catchall;
    let value;
    inst._zod.parse = (payload, ctx) => {
        value ?? (value = _normalized.value);
        const input = payload.value;
        if (!isObject(input)) {
            payload.issues.push({
                expected: "object",
                code: "invalid_type",
                input,
                inst,
            });
            return payload;
        }
        if (jit && fastEnabled && ctx?.async === false && ctx.jitless !== true) {
            // always synchronous
            if (!fastpass)
                fastpass = generateFastpass(def.shape);
            payload = fastpass(payload, ctx);
            if (!catchall)
                return payload;
            return handleCatchall([], input, payload, ctx, value, inst, ctx?.abortEarly === true);
        }
        return superParse(payload, ctx);
    };
});
function handleUnionResults(results, final, inst, ctx) {
    for (const result of results) {
        if (result.issues.length === 0) {
            final.value = result.value;
            return final;
        }
    }
    const nonaborted = results.filter((r) => !aborted(r));
    if (nonaborted.length === 1) {
        final.value = nonaborted[0].value;
        return nonaborted[0];
    }
    final.issues.push({
        code: "invalid_union",
        input: final.value,
        inst,
        errors: results.map((result) => result.issues.map((iss) => finalizeIssue(iss, ctx, config()))),
    });
    return final;
}
const $ZodUnion = /*@__PURE__*/ $constructor("$ZodUnion", (inst, def) => {
    $ZodType.init(inst, def);
    defineLazyInternal(inst, "optin", (zod) => zod.def.options.some((o) => o._zod.optin === "defaulted")
        ? "defaulted"
        : zod.def.options.some((o) => o._zod.optin !== undefined)
            ? "optional"
            : undefined);
    defineLazyInternal(inst, "optout", (zod) => zod.def.options.some((o) => o._zod.optout === "optional") ? "optional" : undefined);
    defineLazyInternal(inst, "values", (zod) => {
        if (zod.def.options.every((o) => o._zod.values)) {
            return new Set(zod.def.options.flatMap((option) => Array.from(option._zod.values)));
        }
        return undefined;
    });
    defineLazyInternal(inst, "pattern", (zod) => {
        if (zod.def.options.every((o) => o._zod.pattern)) {
            const patterns = zod.def.options.map((o) => o._zod.pattern);
            return new RegExp(`^(${patterns.map((p) => cleanRegex(p.source)).join("|")})$`);
        }
        return undefined;
    });
    const first = def.options.length === 1 ? def.options[0]._zod.run : null;
    inst._zod.parse = (payload, ctx) => {
        if (first) {
            return first(payload, ctx);
        }
        let async = false;
        const results = [];
        for (const option of def.options) {
            const result = option._zod.run({
                value: payload.value,
                issues: [],
            }, ctx);
            if (result instanceof Promise) {
                results.push(result);
                async = true;
            }
            else {
                if (result.issues.length === 0)
                    return result;
                results.push(result);
            }
        }
        if (!async)
            return handleUnionResults(results, payload, inst, ctx);
        return Promise.all(results).then((results) => {
            return handleUnionResults(results, payload, inst, ctx);
        });
    };
});
function handleExclusiveUnionResults(results, final, inst, ctx) {
    const matches = [];
    for (let i = 0; i < results.length; i++) {
        if (results[i].issues.length === 0)
            matches.push(i);
    }
    if (matches.length === 1) {
        final.value = results[matches[0]].value;
        return final;
    }
    if (matches.length === 0) {
        // No matches - same as regular union
        final.issues.push({
            code: "invalid_union",
            input: final.value,
            inst,
            errors: results.map((result) => result.issues.map((iss) => util.finalizeIssue(iss, ctx, core.config()))),
        });
    }
    else {
        // Multiple matches - exclusive union failure
        final.issues.push({
            code: "invalid_union",
            input: final.value,
            inst,
            errors: [],
            inclusive: false,
            matches,
        });
    }
    return final;
}
const $ZodXor = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodXor", (inst, def) => {
    $ZodUnion.init(inst, def);
    def.inclusive = false;
    const first = def.options.length === 1 ? def.options[0]._zod.run : null;
    inst._zod.parse = (payload, ctx) => {
        if (first) {
            return first(payload, ctx);
        }
        let async = false;
        const results = [];
        for (const option of def.options) {
            const result = option._zod.run({
                value: payload.value,
                issues: [],
            }, ctx);
            if (result instanceof Promise) {
                results.push(result);
                async = true;
            }
            else {
                results.push(result);
            }
        }
        if (!async)
            return handleExclusiveUnionResults(results, payload, inst, ctx);
        return Promise.all(results).then((results) => {
            return handleExclusiveUnionResults(results, payload, inst, ctx);
        });
    };
})));
/** Returns the option whose discriminator claims `value`, or throws if ambiguous. */
function getDiscriminatedOption(union, value) {
    const internals = union._zod;
    let map = internals.bag.optionsMap;
    if (!map) {
        map = discriminatorMap(internals.def);
        internals.bag.optionsMap = map;
    }
    const option = map.get(value);
    if (option === null)
        throw new Error(`Ambiguous discriminator value "${String(value)}"`);
    return option;
}
function discriminatorMap(def) {
    const map = new Map();
    for (const option of def.options) {
        const values = option._zod.propValues?.[def.discriminator];
        if (!values || values.size === 0)
            throw new Error(`Invalid discriminated union option at index "${def.options.indexOf(option)}"`);
        for (const value of values) {
            if (map.has(value)) {
                if (value !== undefined)
                    throw new Error(`Duplicate discriminator value "${String(value)}"`);
                // keep the collision marked so a later member cannot reclaim it
                map.set(value, null);
            }
            else {
                map.set(value, option);
            }
        }
    }
    return map;
}
const $ZodDiscriminatedUnion = 
/*@__PURE__*/
(/* unused pure expression or super */ null && (core.$constructor("$ZodDiscriminatedUnion", (inst, def) => {
    def.inclusive = false;
    $ZodUnion.init(inst, def);
    const _super = inst._zod.parse;
    util.defineLazyInternal(inst, "propValues", (zod) => {
        const propValues = {};
        let undefinedCount = 0;
        for (const option of zod.def.options) {
            const pv = option._zod.propValues;
            if (!pv || Object.keys(pv).length === 0)
                throw new Error(`Invalid discriminated union option at index "${zod.def.options.indexOf(option)}"`);
            if (pv[zod.def.discriminator]?.has(undefined))
                undefinedCount++;
            for (const [k, v] of Object.entries(pv)) {
                if (!Object.prototype.hasOwnProperty.call(propValues, k)) {
                    util.assignProp(propValues, k, new Set());
                }
                for (const val of v) {
                    propValues[k].add(val);
                }
            }
        }
        if (!zod.def.unionFallback && undefinedCount > 1)
            propValues[zod.def.discriminator]?.delete(undefined);
        return propValues;
    });
    // Checked now rather than in the lookup map below, so an option that lacks the discriminator fails at the `discriminatedUnion` call instead of on the first object parsed. Options whose shape cannot be enumerated without resolving it — pipes and lazies — are left to the map.
    def.options.forEach((option, i) => {
        const propShape = util.rawShape(option._zod.def);
        if (propShape && !Object.prototype.hasOwnProperty.call(propShape, def.discriminator)) {
            throw new Error(`Invalid discriminated union option at index "${i}"`);
        }
    });
    const disc = util.cached(() => discriminatorMap(def));
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        if (!util.isObject(input)) {
            payload.issues.push({
                code: "invalid_type",
                expected: "object",
                input,
                inst,
            });
            return payload;
        }
        const value = input?.[def.discriminator];
        const opt = disc.value.get(value);
        // forward metadata cannot choose an encoder for an absent tag
        if (opt && (value !== undefined || ctx.direction !== "backward")) {
            return opt._zod.run(payload, ctx);
        }
        // Fall back to union matching when the fast discriminator path fails:
        // - explicitly enabled via unionFallback, or
        // - during backward direction (encode), since codec-based discriminators have different values in forward vs backward directions
        if (def.unionFallback || ctx.direction === "backward") {
            return _super(payload, ctx);
        }
        // no matching discriminator
        payload.issues.push({
            code: "invalid_union",
            errors: [],
            note: "No matching discriminator",
            discriminator: def.discriminator,
            options: Array.from(disc.value.keys()).filter((value) => disc.value.get(value) !== null),
            input,
            path: [def.discriminator],
            inst,
        });
        return payload;
    };
})));
const $ZodIntersection = /*@__PURE__*/ $constructor("$ZodIntersection", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        const left = def.left._zod.run({ value: input, issues: [] }, ctx);
        const right = def.right._zod.run({ value: input, issues: [] }, ctx);
        const async = left instanceof Promise || right instanceof Promise;
        if (async) {
            return Promise.all([left, right]).then(([left, right]) => {
                return handleIntersectionResults(payload, left, right);
            });
        }
        return handleIntersectionResults(payload, left, right);
    };
});
function mergeValues(a, b) {
    // const aType = parse.t(a);
    // const bType = parse.t(b);
    if (a === b) {
        return { valid: true, data: a };
    }
    if (a instanceof Date && b instanceof Date && +a === +b) {
        return { valid: true, data: a };
    }
    if (isPlainObject(a) && isPlainObject(b)) {
        const bKeys = Object.keys(b);
        const sharedKeys = Object.keys(a).filter((key) => bKeys.indexOf(key) !== -1);
        const newObj = { ...a, ...b };
        if (Object.prototype.hasOwnProperty.call(newObj, "__proto__"))
            delete newObj.__proto__;
        for (const key of sharedKeys) {
            if (key === "__proto__")
                continue;
            const sharedValue = mergeValues(a[key], b[key]);
            if (!sharedValue.valid) {
                return {
                    valid: false,
                    mergeErrorPath: [key, ...sharedValue.mergeErrorPath],
                };
            }
            newObj[key] = sharedValue.data;
        }
        return { valid: true, data: newObj };
    }
    if (Array.isArray(a) && Array.isArray(b)) {
        if (a.length !== b.length) {
            return { valid: false, mergeErrorPath: [] };
        }
        const newArray = [];
        for (let index = 0; index < a.length; index++) {
            const itemA = a[index];
            const itemB = b[index];
            const sharedValue = mergeValues(itemA, itemB);
            if (!sharedValue.valid) {
                return {
                    valid: false,
                    mergeErrorPath: [index, ...sharedValue.mergeErrorPath],
                };
            }
            newArray.push(sharedValue.data);
        }
        return { valid: true, data: newArray };
    }
    return { valid: false, mergeErrorPath: [] };
}
function handleIntersectionResults(result, left, right) {
    // Track which side(s) reject each key. A key rejection is reported only when BOTH sides reject it, so a key owned by one branch survives the other's key schema. strictObject reports these as unrecognized_keys; a record with an open key schema reports one invalid_key per key.
    const unrecKeys = new Map();
    let unrecIssue;
    const keyIssues = new Map();
    const collect = (iss, side) => {
        let keys;
        if (iss.code === "unrecognized_keys" && !iss.path?.length) {
            unrecIssue ?? (unrecIssue = iss);
            keys = iss.keys;
        }
        else if (iss.code === "invalid_key" && iss.origin === "record" && iss.path?.length === 1) {
            const k = String(iss.path[0]);
            if (!keyIssues.has(k))
                keyIssues.set(k, iss);
            keys = [k];
        }
        else {
            return false;
        }
        for (const k of keys) {
            if (!unrecKeys.has(k))
                unrecKeys.set(k, {});
            unrecKeys.get(k)[side] = true;
        }
        return true;
    };
    for (const iss of left.issues) {
        if (!collect(iss, "l"))
            result.issues.push(iss);
    }
    for (const iss of right.issues) {
        if (!collect(iss, "r"))
            result.issues.push(iss);
    }
    // Report only keys rejected by BOTH sides
    const bothKeys = [...unrecKeys].filter(([, f]) => f.l && f.r).map(([k]) => k);
    if (bothKeys.length) {
        const aggregated = unrecIssue ? bothKeys.filter((k) => unrecIssue.keys.includes(k)) : [];
        if (aggregated.length)
            result.issues.push({ ...unrecIssue, keys: aggregated });
        for (const k of bothKeys) {
            if (!aggregated.includes(k) && keyIssues.has(k))
                result.issues.push(keyIssues.get(k));
        }
    }
    const merged = mergeValues(left.value, right.value);
    if (!merged.valid) {
        if (aborted(result))
            return result;
        throw new Error(`Unmergable intersection. Error path: ` + `${JSON.stringify(merged.mergeErrorPath)}`);
    }
    result.value = merged.data;
    return result;
}
const $ZodTuple = /*@__PURE__*/ $constructor("$ZodTuple", (inst, def) => {
    $ZodType.init(inst, def);
    const items = def.items;
    const memo = globalConfig.memoizer;
    memo?.attach(inst);
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        if (!Array.isArray(input)) {
            payload.issues.push({
                input,
                inst,
                expected: "tuple",
                code: "invalid_type",
            });
            return payload;
        }
        payload.value = memo ? memo.alloc(inst, payload, [], ctx) : [];
        const proms = [];
        const optinStart = getTupleOptStart(items, "optin");
        const optoutStart = getTupleOptStart(items, "optout");
        if (!def.rest) {
            if (input.length < optinStart) {
                payload.issues.push({
                    code: "too_small",
                    minimum: optinStart,
                    inclusive: true,
                    input,
                    inst,
                    origin: "array",
                });
                return payload;
            }
            if (input.length > items.length) {
                payload.issues.push({
                    code: "too_big",
                    maximum: items.length,
                    inclusive: true,
                    input,
                    inst,
                    origin: "array",
                });
            }
        }
        // Run every item in parallel, collecting results into an indexed array. The post-processing in `handleTupleResults` walks them in order so it can decide whether an absent optional-output error can truncate the tail or must be reported to preserve required output.
        const itemResults = new Array(items.length);
        // only tracked when there is a rest loop to skip
        const abortEarly = def.rest ? ctx?.abortEarly : undefined;
        let itemAborted = false;
        for (let i = 0; i < items.length; i++) {
            const r = items[i]._zod.run({ value: input[i], issues: [] }, ctx);
            if (r instanceof Promise) {
                proms.push(r.then((rr) => {
                    itemResults[i] = rr;
                }));
            }
            else {
                itemResults[i] = r;
                if (abortEarly && !itemAborted && r.issues.length)
                    itemAborted = aborted(r);
            }
        }
        // sound because rest is non-empty exactly when every fixed index is present, the one case handleTupleResults cannot discard an item's issues
        if (def.rest && !itemAborted) {
            let i = items.length - 1;
            const rest = input.slice(items.length);
            let seen = payload.issues.length;
            for (const el of rest) {
                if (abortEarly && payload.issues.length !== seen) {
                    if (aborted(payload, seen))
                        break;
                    seen = payload.issues.length;
                }
                i++;
                const result = def.rest._zod.run({ value: el, issues: [] }, ctx);
                if (result instanceof Promise) {
                    proms.push(result.then((r) => handleTupleResult(r, payload, i)));
                }
                else {
                    handleTupleResult(result, payload, i);
                }
            }
        }
        if (proms.length) {
            return Promise.all(proms).then(() => handleTupleResults(itemResults, payload, items, input, optoutStart));
        }
        return handleTupleResults(itemResults, payload, items, input, optoutStart);
    };
});
function getTupleOptStart(items, key) {
    for (let i = items.length - 1; i >= 0; i--) {
        // optin is a three-rung ladder so any rung above `undefined` permits an absent slot; optout stays two-valued.
        const omittable = key === "optin" ? items[i]._zod.optin !== undefined : items[i]._zod.optout === "optional";
        if (!omittable)
            return i + 1;
    }
    return 0;
}
function handleTupleResult(result, final, index) {
    if (result.issues.length) {
        final.issues.push(...prefixIssues(index, result.issues));
    }
    final.value[index] = result.value;
}
function handleTupleResults(itemResults, final, items, input, optoutStart) {
    // Walk results in order. Mirror $ZodObject's swallow-on-absent-optional rule, but only after `optoutStart`: the first index where the output tuple tail can be absent.
    for (let i = 0; i < items.length; i++) {
        const r = itemResults[i];
        const isPresent = i < input.length;
        // The array analog of `handlePropertyResult`'s absent-key early return: the middle rung permits absence without supplying anything in its place, so the tail truncates here instead of materializing whatever the item made of `undefined`.
        if (!isPresent && i >= optoutStart && items[i]._zod.optin === "optional") {
            final.value.length = i;
            break;
        }
        if (r.issues.length) {
            if (!isPresent && i >= optoutStart) {
                final.value.length = i;
                break;
            }
            final.issues.push(...prefixIssues(i, r.issues));
        }
        final.value[i] = r.value;
    }
    // Drop trailing slots that produced `undefined` for absent input
    // (the array analog of an absent optional key on an object). The
    // `i >= input.length` floor is critical: an explicit `undefined`
    // *inside* the input must be preserved even when the schema is
    // optional-out (e.g. `z.string().or(z.undefined())` accepting an
    // explicit undefined value).
    for (let i = final.value.length - 1; i >= input.length; i--) {
        if (items[i]._zod.optout === "optional" && final.value[i] === undefined) {
            final.value.length = i;
        }
        else {
            break;
        }
    }
    return final;
}
const $ZodRecord = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodRecord", (inst, def) => {
    $ZodType.init(inst, def);
    const memo = core.globalConfig.memoizer;
    memo?.attach(inst);
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        if (!util.isPlainObject(input)) {
            payload.issues.push({
                expected: "record",
                code: "invalid_type",
                input,
                inst,
            });
            return payload;
        }
        // no guard in either loop below: a record's invalid_key aborts but an enclosing intersection can reconcile it, so a stopped loop hides keys the sibling does not own and the intersection then rejects nothing
        const proms = [];
        const values = def.keyType._zod.values;
        if (values && !def.partial) {
            payload.value = memo ? memo.alloc(inst, payload, {}, ctx) : {};
            const recordKeys = new Set();
            for (const key of values) {
                if (typeof key === "string" || typeof key === "number" || typeof key === "symbol") {
                    recordKeys.add(typeof key === "number" ? key.toString() : key);
                    // A declared __proto__ is stripped but is not an unrecognized key.
                    if (key === "__proto__")
                        continue;
                    const keyResult = def.keyType._zod.run({ value: key, issues: [] }, ctx);
                    if (keyResult instanceof Promise) {
                        throw new Error("Async schemas not supported in object keys currently");
                    }
                    if (keyResult.issues.length) {
                        payload.issues.push({
                            code: "invalid_key",
                            origin: "record",
                            issues: keyResult.issues.map((iss) => util.finalizeIssue(iss, ctx, core.config())),
                            input: key,
                            path: [key],
                            inst,
                        });
                        continue;
                    }
                    const outKey = keyResult.value;
                    if (outKey === "__proto__")
                        continue;
                    const result = def.valueType._zod.run({ value: input[key], issues: [] }, ctx);
                    if (result instanceof Promise) {
                        proms.push(result.then((result) => {
                            if (result.issues.length) {
                                payload.issues.push(...util.prefixIssues(key, result.issues));
                            }
                            payload.value[outKey] = result.value;
                        }));
                    }
                    else {
                        if (result.issues.length) {
                            payload.issues.push(...util.prefixIssues(key, result.issues));
                        }
                        payload.value[outKey] = result.value;
                    }
                }
            }
            let unrecognized;
            for (const key in input) {
                if (!recordKeys.has(key)) {
                    if (def.mode === "loose") {
                        // skip __proto__ so it can't replace the result prototype via the assignment setter on the plain {} we build into
                        if (key === "__proto__")
                            continue;
                        payload.value[key] = input[key];
                    }
                    else {
                        unrecognized = unrecognized ?? [];
                        unrecognized.push(key);
                    }
                }
            }
            if (unrecognized && unrecognized.length > 0) {
                payload.issues.push({
                    code: "unrecognized_keys",
                    input,
                    inst,
                    keys: unrecognized,
                    continue: true,
                });
            }
        }
        else {
            payload.value = memo ? memo.alloc(inst, payload, {}, ctx) : {};
            // An enumerable key schema declares which keys the record owns, so a key outside the set is unrecognized. A non-enumerable one (regex, refine) is a constraint every key must satisfy, so a failing key is invalid. Only the former is reconcilable against the other side of an intersection.
            let unrecognized;
            // Reflect.ownKeys for Symbol-key support; filter non-enumerable to match z.object()
            for (const key of Reflect.ownKeys(input)) {
                if (key === "__proto__")
                    continue;
                if (!Object.prototype.propertyIsEnumerable.call(input, key))
                    continue;
                let keyResult = def.keyType._zod.run({ value: key, issues: [] }, ctx);
                if (keyResult instanceof Promise) {
                    throw new Error("Async schemas not supported in object keys currently");
                }
                // Numeric string fallback: if key is a numeric string and failed, retry with Number(key). This handles z.number(), z.literal([1, 2, 3]), and unions containing numeric literals
                const checkNumericKey = typeof key === "string" && regexes.number.test(key) && keyResult.issues.length;
                if (checkNumericKey) {
                    const retryResult = def.keyType._zod.run({ value: Number(key), issues: [] }, ctx);
                    if (retryResult instanceof Promise) {
                        throw new Error("Async schemas not supported in object keys currently");
                    }
                    if (retryResult.issues.length === 0) {
                        keyResult = retryResult;
                    }
                }
                if (keyResult.issues.length) {
                    if (def.mode === "loose") {
                        // Pass through unchanged
                        payload.value[key] = input[key];
                    }
                    else if (values) {
                        unrecognized = unrecognized ?? [];
                        unrecognized.push(key);
                    }
                    else {
                        // Default "strict" behavior: error on invalid key
                        payload.issues.push({
                            code: "invalid_key",
                            origin: "record",
                            issues: keyResult.issues.map((iss) => util.finalizeIssue(iss, ctx, core.config())),
                            input: key,
                            path: [key],
                            inst,
                        });
                    }
                    continue;
                }
                // the guard above tests the raw input key, but the key schema can normalize an ordinary key into __proto__; re-check the key we actually write under
                const outKey = keyResult.value;
                if (outKey === "__proto__")
                    continue;
                const result = def.valueType._zod.run({ value: input[key], issues: [] }, ctx);
                if (result instanceof Promise) {
                    proms.push(result.then((result) => {
                        if (result.issues.length) {
                            payload.issues.push(...util.prefixIssues(key, result.issues));
                        }
                        payload.value[outKey] = result.value;
                    }));
                }
                else {
                    if (result.issues.length) {
                        payload.issues.push(...util.prefixIssues(key, result.issues));
                    }
                    payload.value[outKey] = result.value;
                }
            }
            if (unrecognized && unrecognized.length > 0) {
                payload.issues.push({
                    code: "unrecognized_keys",
                    input,
                    inst,
                    keys: unrecognized,
                    continue: true,
                });
            }
        }
        if (proms.length) {
            return Promise.all(proms).then(() => payload);
        }
        return payload;
    };
})));
const $ZodMap = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodMap", (inst, def) => {
    $ZodType.init(inst, def);
    const memo = core.globalConfig.memoizer;
    memo?.attach(inst);
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        if (!(input instanceof Map)) {
            payload.issues.push({
                expected: "map",
                code: "invalid_type",
                input,
                inst,
            });
            return payload;
        }
        const proms = [];
        payload.value = memo ? memo.alloc(inst, payload, new Map(), ctx) : new Map();
        const abortEarly = ctx?.abortEarly;
        let seen = payload.issues.length;
        for (const [key, value] of input) {
            if (abortEarly && payload.issues.length !== seen) {
                if (util.aborted(payload, seen))
                    break;
                seen = payload.issues.length;
            }
            const keyResult = def.keyType._zod.run({ value: key, issues: [] }, ctx);
            const valueResult = def.valueType._zod.run({ value: value, issues: [] }, ctx);
            if (keyResult instanceof Promise || valueResult instanceof Promise) {
                proms.push(Promise.all([keyResult, valueResult]).then(([keyResult, valueResult]) => {
                    handleMapResult(keyResult, valueResult, payload, key, input, inst, ctx);
                }));
            }
            else {
                handleMapResult(keyResult, valueResult, payload, key, input, inst, ctx);
            }
        }
        if (proms.length)
            return Promise.all(proms).then(() => payload);
        return payload;
    };
    capSize(inst, mapSize);
})));
function handleMapResult(keyResult, valueResult, final, key, input, inst, ctx) {
    if (keyResult.issues.length) {
        if (util.propertyKeyTypes.has(typeof key)) {
            final.issues.push(...util.prefixIssues(key, keyResult.issues));
        }
        else {
            final.issues.push({
                code: "invalid_key",
                origin: "map",
                input,
                inst,
                issues: keyResult.issues.map((iss) => util.finalizeIssue(iss, ctx, core.config())),
            });
        }
    }
    if (valueResult.issues.length) {
        if (util.propertyKeyTypes.has(typeof key)) {
            final.issues.push(...util.prefixIssues(key, valueResult.issues));
        }
        else {
            final.issues.push({
                origin: "map",
                code: "invalid_element",
                input,
                inst,
                key: key,
                issues: valueResult.issues.map((iss) => util.finalizeIssue(iss, ctx, core.config())),
            });
        }
    }
    final.value.set(keyResult.value, valueResult.value);
}
const $ZodSet = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodSet", (inst, def) => {
    $ZodType.init(inst, def);
    const memo = core.globalConfig.memoizer;
    memo?.attach(inst);
    inst._zod.parse = (payload, ctx) => {
        const input = payload.value;
        if (!(input instanceof Set)) {
            payload.issues.push({
                input,
                inst,
                expected: "set",
                code: "invalid_type",
            });
            return payload;
        }
        const proms = [];
        payload.value = memo ? memo.alloc(inst, payload, new Set(), ctx) : new Set();
        const abortEarly = ctx?.abortEarly;
        let seen = payload.issues.length;
        for (const item of input) {
            if (abortEarly && payload.issues.length !== seen) {
                if (util.aborted(payload, seen))
                    break;
                seen = payload.issues.length;
            }
            const result = def.valueType._zod.run({ value: item, issues: [] }, ctx);
            if (result instanceof Promise) {
                proms.push(result.then((result) => handleSetResult(result, payload)));
            }
            else
                handleSetResult(result, payload);
        }
        if (proms.length)
            return Promise.all(proms).then(() => payload);
        return payload;
    };
    capSize(inst, setSize);
})));
function handleSetResult(result, final) {
    if (result.issues.length) {
        final.issues.push(...result.issues);
    }
    final.value.add(result.value);
}
const $ZodEnum = /*@__PURE__*/ $constructor("$ZodEnum", (inst, def) => {
    $ZodType.init(inst, def);
    const values = getEnumValues(def.entries);
    const valuesSet = new Set(values);
    inst._zod.values = valuesSet;
    defineLazyInternal(inst, "pattern", (zod) => {
        const patternValues = getEnumValues(zod.def.entries).filter((k) => propertyKeyTypes.has(typeof k));
        // unmatchable fallback, RE2-safe: an empty alternation would compile to /^()$/, which matches ""
        return new RegExp(patternValues.length ? `^(${patternValues.map((o) => escapeRegex(o.toString())).join("|")})$` : "^[^\\s\\S]$");
    });
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        if (valuesSet.has(input)) {
            return payload;
        }
        payload.issues.push({
            code: "invalid_value",
            values,
            input,
            inst,
        });
        return payload;
    };
});
const $ZodLiteral = /*@__PURE__*/ $constructor("$ZodLiteral", (inst, def) => {
    $ZodType.init(inst, def);
    const values = new Set(def.values);
    inst._zod.values = values;
    defineLazyInternal(inst, "pattern", (zod) => {
        const vals = zod.def.values;
        // unmatchable fallback, RE2-safe: an empty alternation would compile to /^()$/, which matches ""
        return new RegExp(vals.length
            ? `^(${vals
                .map((o) => typeof o === "string" ? escapeRegex(o) : o ? escapeRegex(o.toString()) : String(o))
                .join("|")})$`
            : "^[^\\s\\S]$");
    });
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        if (values.has(input)) {
            return payload;
        }
        payload.issues.push({
            code: "invalid_value",
            values: def.values,
            input,
            inst,
        });
        return payload;
    };
});
const $ZodFile = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodFile", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _ctx) => {
        const input = payload.value;
        // @ts-ignore
        if (input instanceof File)
            return payload;
        payload.issues.push({
            expected: "file",
            code: "invalid_type",
            input,
            inst,
        });
        return payload;
    };
})));
const $ZodTransform = /*@__PURE__*/ $constructor("$ZodTransform", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.optin = "optional";
    globalConfig.memoizer?.guard(inst);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            throw new $ZodEncodeError(inst.constructor.name);
        }
        const _out = def.transform(payload.value, payload);
        if (ctx.async) {
            const output = _out instanceof Promise ? _out : Promise.resolve(_out);
            return output.then((output) => {
                payload.value = output;
                return payload;
            });
        }
        if (_out instanceof Promise) {
            throw new $ZodAsyncError();
        }
        payload.value = _out;
        return payload;
    };
});
function handleOptionalResult(payload, result) {
    // A substituting schema that still failed has no usable answer; yield undefined. Its issues are simply dropped: it ran on a payload of its own, so there is no shared array to truncate and nothing of the caller's to lose with it.
    payload.value = result.issues.length ? undefined : result.value;
    return payload;
}
const $ZodOptional = /*@__PURE__*/ $constructor("$ZodOptional", (inst, def) => {
    $ZodType.init(inst, def);
    // .optional() propagates absence rather than substituting for it, so a defaulted inner keeps its rung.
    defineLazyInternal(inst, "optin", (zod) => zod.def.innerType._zod.optin === "defaulted" ? "defaulted" : "optional");
    inst._zod.optout = "optional";
    defineLazyInternal(inst, "values", (zod) => {
        const values = zod.def.innerType._zod.values;
        return values ? new Set([...values, undefined]) : undefined;
    });
    defineLazyInternal(inst, "pattern", (zod) => {
        const pattern = zod.def.innerType._zod.pattern;
        return pattern ? new RegExp(`^(${cleanRegex(pattern.source)})?$`) : undefined;
    });
    inst._zod.parse = (payload, ctx) => {
        if (payload.value === undefined) {
            // Only the top rung substitutes a value for absence; everything else leaves it intact, which is what .optional() means.
            if (def.innerType._zod.optin !== "defaulted")
                return payload;
            // Its own payload, for the same reason $ZodCatch gets one: a pipe forwards an unrecognized key through the caller's issues array, and this must not read that as the substituting schema failing and drop it.
            const result = def.innerType._zod.run({ value: payload.value, issues: [] }, ctx);
            if (result instanceof Promise)
                return result.then((result) => handleOptionalResult(payload, result));
            return handleOptionalResult(payload, result);
        }
        return def.innerType._zod.run(payload, ctx);
    };
});
const $ZodExactOptional = /*@__PURE__*/ $constructor("$ZodExactOptional", (inst, def) => {
    // Call parent init - inherits optin/optout = "optional"
    $ZodOptional.init(inst, def);
    // Override values/pattern to NOT add undefined
    defineLazyInternal(inst, "values", (zod) => zod.def.innerType._zod.values);
    defineLazyInternal(inst, "pattern", (zod) => zod.def.innerType._zod.pattern);
    // Override parse to just delegate (no undefined handling)
    inst._zod.parse = (payload, ctx) => {
        return def.innerType._zod.run(payload, ctx);
    };
});
const $ZodNullable = /*@__PURE__*/ $constructor("$ZodNullable", (inst, def) => {
    $ZodType.init(inst, def);
    defineLazyInternal(inst, "optin", (zod) => zod.def.innerType._zod.optin);
    defineLazyInternal(inst, "optout", (zod) => zod.def.innerType._zod.optout);
    defineLazyInternal(inst, "pattern", (zod) => {
        const pattern = zod.def.innerType._zod.pattern;
        return pattern ? new RegExp(`^(${cleanRegex(pattern.source)}|null)$`) : undefined;
    });
    defineLazyInternal(inst, "values", (zod) => {
        return zod.def.innerType._zod.values ? new Set([...zod.def.innerType._zod.values, null]) : undefined;
    });
    inst._zod.parse = (payload, ctx) => {
        // Forward direction (decode): allow null to pass through
        if (payload.value === null)
            return payload;
        return def.innerType._zod.run(payload, ctx);
    };
});
const $ZodDefault = /*@__PURE__*/ $constructor("$ZodDefault", (inst, def) => {
    $ZodType.init(inst, def);
    // inst._zod.qin = "true";
    inst._zod.optin = "defaulted";
    defineLazyInternal(inst, "values", (zod) => zod.def.innerType._zod.values);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            return def.innerType._zod.run(payload, ctx);
        }
        // Forward direction (decode): apply defaults for undefined input
        if (payload.value === undefined) {
            payload.value = def.defaultValue;
            /**
             * $ZodDefault returns the default value immediately in forward direction.
             * It doesn't pass the default value into the validator ("prefault"). There's no reason to pass the default value through validation. The validity of the default is enforced by TypeScript statically. Otherwise, it's the responsibility of the user to ensure the default is valid. In the case of pipes with divergent in/out types, you can specify the default on the `in` schema of your ZodPipe to set a "prefault" for the pipe.   */
            return payload;
        }
        // Forward direction: continue with default handling
        const result = def.innerType._zod.run(payload, ctx);
        if (result instanceof Promise) {
            return result.then((result) => handleDefaultResult(result, def));
        }
        return handleDefaultResult(result, def);
    };
});
function handleDefaultResult(payload, def) {
    if (payload.value === undefined) {
        payload.value = def.defaultValue;
    }
    return payload;
}
const $ZodPrefault = /*@__PURE__*/ $constructor("$ZodPrefault", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.optin = "defaulted";
    defineLazyInternal(inst, "values", (zod) => zod.def.innerType._zod.values);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            return def.innerType._zod.run(payload, ctx);
        }
        // Forward direction (decode): apply prefault for undefined input
        if (payload.value === undefined) {
            payload.value = def.defaultValue;
        }
        return def.innerType._zod.run(payload, ctx);
    };
});
const $ZodNonOptional = /*@__PURE__*/ $constructor("$ZodNonOptional", (inst, def) => {
    $ZodType.init(inst, def);
    defineLazyInternal(inst, "values", (zod) => {
        const v = zod.def.innerType._zod.values;
        return v ? new Set([...v].filter((x) => x !== undefined)) : undefined;
    });
    inst._zod.parse = (payload, ctx) => {
        const result = def.innerType._zod.run(payload, ctx);
        if (result instanceof Promise) {
            return result.then((result) => handleNonOptionalResult(result, inst));
        }
        return handleNonOptionalResult(result, inst);
    };
});
function handleNonOptionalResult(payload, inst) {
    if (!payload.issues.length && payload.value === undefined) {
        payload.issues.push({
            code: "invalid_type",
            expected: "nonoptional",
            input: payload.value,
            inst,
        });
    }
    return payload;
}
const $ZodSuccess = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodSuccess", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            throw new core.$ZodEncodeError("ZodSuccess");
        }
        const result = def.innerType._zod.run(payload, ctx);
        if (result instanceof Promise) {
            return result.then((result) => {
                payload.value = result.issues.length === 0;
                return payload;
            });
        }
        payload.value = result.issues.length === 0;
        return payload;
    };
})));
function handleCatchResult(payload, result, def, ctx) {
    if (!result.issues.length) {
        payload.value = result.value;
        // The value carries up, so the flag describing it has to carry with it: a back-edge into a node still being parsed must not be frozen by an enclosing readonly, and its checks belong to the node itself. Guarded so the ordinary case adds no own property.
        if (result.memo)
            payload.memo = true;
        return payload;
    }
    // Spread the inner's own payload, not ours: `value` has to stay the input the catch was handed, and the inner ran on a payload of its own so its issues are already private to this call.
    payload.value = def.catchValue({
        ...result,
        value: payload.value,
        error: {
            issues: result.issues.map((iss) => finalizeIssue(iss, ctx, config())),
        },
        input: payload.value,
    });
    return payload;
}
const $ZodCatch = /*@__PURE__*/ $constructor("$ZodCatch", (inst, def) => {
    $ZodType.init(inst, def);
    defineLazyInternal(inst, "optin", (zod) => zod.def.innerType._zod.optin === "defaulted" ? "defaulted" : "optional");
    defineLazyInternal(inst, "optout", (zod) => zod.def.innerType._zod.optout);
    defineLazyInternal(inst, "values", (zod) => zod.def.innerType._zod.values);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            return def.innerType._zod.run(payload, ctx);
        }
        // Forward direction (decode): apply catch logic
        const result = def.innerType._zod.run({ value: payload.value, issues: [] }, ctx);
        if (result instanceof Promise) {
            return result.then((result) => handleCatchResult(payload, result, def, ctx));
        }
        return handleCatchResult(payload, result, def, ctx);
    };
});
const $ZodNaN = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodNaN", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _ctx) => {
        if (typeof payload.value !== "number" || !Number.isNaN(payload.value)) {
            payload.issues.push({
                input: payload.value,
                inst,
                expected: "nan",
                code: "invalid_type",
            });
            return payload;
        }
        return payload;
    };
})));
const $ZodPipe = /*@__PURE__*/ $constructor("$ZodPipe", (inst, def) => {
    $ZodType.init(inst, def);
    defineLazyInternal(inst, "values", (zod) => zod.def.in._zod.values);
    defineLazyInternal(inst, "optin", (zod) => zod.def.in._zod.optin);
    defineLazyInternal(inst, "optout", (zod) => zod.def.out._zod.optout);
    defineLazyInternal(inst, "propValues", (zod) => zod.def.in._zod.propValues);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            const right = def.out._zod.run(payload, ctx);
            if (right instanceof Promise) {
                return right.then((right) => handlePipeResult(right, def.in, ctx));
            }
            return handlePipeResult(right, def.in, ctx);
        }
        const left = def.in._zod.run(payload, ctx);
        if (left instanceof Promise) {
            return left.then((left) => handlePipeResult(left, def.out, ctx));
        }
        return handlePipeResult(left, def.out, ctx);
    };
});
function handlePipeResult(left, next, ctx) {
    // Any issue stops the pipe, so a failing refinement never feeds its transform. An unrecognized key is the exception: it describes the input's extra properties, not the value being piped, and an enclosing intersection may yet reconcile it.
    if (left.issues.some((iss) => iss.code !== "unrecognized_keys")) {
        // prevent further checks
        left.aborted = true;
        return left;
    }
    return next._zod.run({ value: left.value, issues: left.issues }, ctx);
}
const $ZodCodec = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodCodec", (inst, def) => {
    $ZodType.init(inst, def);
    util.defineLazyInternal(inst, "values", (zod) => zod.def.in._zod.values);
    util.defineLazyInternal(inst, "optin", (zod) => zod.def.in._zod.optin);
    util.defineLazyInternal(inst, "optout", (zod) => zod.def.out._zod.optout);
    util.defineLazyInternal(inst, "propValues", (zod) => zod.def.in._zod.propValues);
    inst._zod.parse = (payload, ctx) => {
        const direction = ctx.direction || "forward";
        if (direction === "forward") {
            const left = def.in._zod.run(payload, ctx);
            if (left instanceof Promise) {
                return left.then((left) => handleCodecAResult(left, def, ctx));
            }
            return handleCodecAResult(left, def, ctx);
        }
        else {
            const right = def.out._zod.run(payload, ctx);
            if (right instanceof Promise) {
                return right.then((right) => handleCodecAResult(right, def, ctx));
            }
            return handleCodecAResult(right, def, ctx);
        }
    };
})));
function handleCodecAResult(result, def, ctx) {
    if (result.issues.length) {
        // prevent further checks
        result.aborted = true;
        return result;
    }
    const direction = ctx.direction || "forward";
    if (direction === "forward") {
        const transformed = def.transform(result.value, result);
        if (transformed instanceof Promise) {
            return transformed.then((value) => handleCodecTxResult(result, value, def.out, ctx));
        }
        return handleCodecTxResult(result, transformed, def.out, ctx);
    }
    else {
        const transformed = def.reverseTransform(result.value, result);
        if (transformed instanceof Promise) {
            return transformed.then((value) => handleCodecTxResult(result, value, def.in, ctx));
        }
        return handleCodecTxResult(result, transformed, def.in, ctx);
    }
}
function handleCodecTxResult(left, value, nextSchema, ctx) {
    // Check if transform added any issues
    if (left.issues.length) {
        left.aborted = true;
        return left;
    }
    return nextSchema._zod.run({ value, issues: left.issues }, ctx);
}
const $ZodPreprocess = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodPreprocess", (inst, def) => {
    $ZodPipe.init(inst, def);
})));
const $ZodReadonly = /*@__PURE__*/ $constructor("$ZodReadonly", (inst, def) => {
    $ZodType.init(inst, def);
    defineLazyInternal(inst, "propValues", (zod) => zod.def.innerType._zod.propValues);
    defineLazyInternal(inst, "values", (zod) => zod.def.innerType._zod.values);
    defineLazyInternal(inst, "optin", (zod) => zod.def.innerType?._zod?.optin);
    defineLazyInternal(inst, "optout", (zod) => zod.def.innerType?._zod?.optout);
    inst._zod.parse = (payload, ctx) => {
        if (ctx.direction === "backward") {
            return def.innerType._zod.run(payload, ctx);
        }
        const result = def.innerType._zod.run(payload, ctx);
        if (result instanceof Promise) {
            return result.then(handleReadonlyResult);
        }
        return handleReadonlyResult(result);
    };
});
function handleReadonlyResult(payload) {
    // A repeat visit hands back a node that is still being built; freezing it here would make the rest of its keys fail to assign.
    if (!payload.memo)
        payload.value = Object.freeze(payload.value);
    return payload;
}
// a leaf's pattern source with its own checks folded in: the last pattern-carrying check wins, else length bounds narrow the catch-all, else an integer format narrows the number form. the fold lives here instead of on `_zod.pattern` so a bundle without template literals never pays for it
function leafPattern(schema) {
    const def = schema._zod.def;
    let pattern = def.pattern;
    let isInt = !!def.format?.includes("int");
    let minimum;
    let maximum;
    for (const ch of def.checks ?? []) {
        const d = ch._zod.def;
        if (d.pattern)
            pattern = d.pattern;
        isInt || (isInt = !!d.format?.includes("int"));
        const lo = d.minimum ?? d.length;
        const hi = d.maximum ?? d.length;
        if (lo !== undefined && (minimum === undefined || lo > minimum))
            minimum = lo;
        if (hi !== undefined && (maximum === undefined || hi < maximum))
            maximum = hi;
    }
    if (pattern)
        return pattern.source;
    // an empty range matches nothing at runtime, and `{8,5}` is not a legal quantifier
    if (minimum !== undefined && maximum !== undefined && minimum > maximum)
        return "(?!)";
    if (minimum !== undefined || maximum !== undefined)
        return regexes.string({ minimum, maximum }).source;
    const own = schema._zod.pattern;
    return (isInt && own === regexes.number ? regexes.integer : own)?.source;
}
// a part's pattern source. a wrapper's pattern embeds its inner pattern's source verbatim, so the folded form is substituted in place without knowing the wrapper's own composition; a union's options are joined the way the union builds its own pattern
function partPattern(schema) {
    const def = schema._zod.def;
    const own = schema._zod.pattern?.source;
    // lazy resolves its inner on the internals, not the def
    const inner = def.innerType ?? schema._zod.innerType;
    if (inner) {
        const before = inner._zod.pattern?.source;
        const after = partPattern(inner);
        if (own && before && after && after !== before) {
            return own.replace(util.cleanRegex(before), () => util.cleanRegex(after));
        }
        return own;
    }
    if (def.options) {
        const sources = def.options.map(partPattern);
        if (sources.every(Boolean))
            return `^(${sources.map((s) => util.cleanRegex(s)).join("|")})$`;
    }
    return leafPattern(schema);
}
const $ZodTemplateLiteral = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodTemplateLiteral", (inst, def) => {
    $ZodType.init(inst, def);
    const regexParts = [];
    for (const part of def.parts) {
        if (typeof part === "object" && part !== null) {
            // is Zod schema
            const source = partPattern(part);
            if (!source) {
                throw new Error(`Invalid template literal part, no pattern found: ${[...part._zod.traits].shift()}`);
            }
            regexParts.push(util.cleanRegex(source));
        }
        else if (part === null || util.primitiveTypes.has(typeof part)) {
            regexParts.push(util.escapeRegex(`${part}`));
        }
        else {
            throw new Error(`Invalid template literal part: ${part}`);
        }
    }
    inst._zod.pattern = new RegExp(`^${regexParts.join("")}$`);
    inst._zod.parse = (payload, _ctx) => {
        if (typeof payload.value !== "string") {
            payload.issues.push({
                input: payload.value,
                inst,
                expected: "string",
                code: "invalid_type",
            });
            return payload;
        }
        inst._zod.pattern.lastIndex = 0;
        if (!inst._zod.pattern.test(payload.value)) {
            payload.issues.push({
                input: payload.value,
                inst,
                code: "invalid_format",
                format: def.format ?? "template_literal",
                pattern: inst._zod.pattern.source,
            });
            return payload;
        }
        return payload;
    };
})));
const $ZodFunction = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodFunction", (inst, def) => {
    $ZodType.init(inst, def);
    // Defined, not assigned: the classic prototype exposes `_def` as a getter with no setter.
    Object.defineProperty(inst, "_def", { value: def });
    inst._zod.def = def;
    inst.implement = (func) => {
        if (typeof func !== "function") {
            throw new Error("implement() must be called with a function");
        }
        // Defined inline so the closure stays anonymous: binding it to a `const` first names it, which costs 256 bytes per implemented function.
        return Object.defineProperty(function (...args) {
            const parsedArgs = inst._def.input ? parse(inst._def.input, args) : args;
            const result = Reflect.apply(func, this, parsedArgs);
            if (inst._def.output) {
                return parse(inst._def.output, result);
            }
            return result;
        }, "_zod", { value: inst._zod, enumerable: false });
    };
    inst.implementAsync = (func) => {
        if (typeof func !== "function") {
            throw new Error("implementAsync() must be called with a function");
        }
        return Object.defineProperty(async function (...args) {
            const parsedArgs = inst._def.input ? await parseAsync(inst._def.input, args) : args;
            const result = await Reflect.apply(func, this, parsedArgs);
            if (inst._def.output) {
                return await parseAsync(inst._def.output, result);
            }
            return result;
        }, "_zod", { value: inst._zod, enumerable: false });
    };
    inst._zod.parse = (payload, _ctx) => {
        if (typeof payload.value !== "function") {
            payload.issues.push({
                code: "invalid_type",
                expected: "function",
                input: payload.value,
                inst,
            });
            return payload;
        }
        // Check if output is a promise type to determine if we should use async implementation
        const hasPromiseOutput = inst._def.output && inst._def.output._zod.def.type === "promise";
        if (hasPromiseOutput) {
            payload.value = inst.implementAsync(payload.value);
        }
        else {
            payload.value = inst.implement(payload.value);
        }
        return payload;
    };
    inst.input = (...args) => {
        const F = inst.constructor;
        if (Array.isArray(args[0])) {
            return new F({
                type: "function",
                input: new $ZodTuple({
                    type: "tuple",
                    items: args[0],
                    rest: args[1],
                }),
                output: inst._def.output,
            });
        }
        return new F({
            type: "function",
            input: args[0],
            output: inst._def.output,
        });
    };
    inst.output = (output) => {
        const F = inst.constructor;
        return new F({
            type: "function",
            input: inst._def.input,
            output,
        });
    };
    return inst;
})));
const $ZodPromise = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodPromise", (inst, def) => {
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, ctx) => {
        return Promise.resolve(payload.value).then((inner) => def.innerType._zod.run({ value: inner, issues: [] }, ctx));
    };
})));
const $ZodLazy = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("$ZodLazy", (inst, def) => {
    $ZodType.init(inst, def);
    // Cache the resolved inner type on the shared `def` so all clones of this lazy (e.g. via `.describe()`/`.meta()`) share the same inner instance, preserving identity for cycle detection on recursive schemas.
    util.defineLazy(inst._zod, "innerType", () => {
        const d = def;
        if (!d._cachedInner)
            d._cachedInner = def.getter();
        return d._cachedInner;
    });
    util.defineLazyInternal(inst, "pattern", (zod) => zod.innerType?._zod?.pattern);
    util.defineLazyInternal(inst, "propValues", (zod) => zod.innerType?._zod?.propValues);
    util.defineLazyInternal(inst, "optin", (zod) => zod.innerType?._zod?.optin ?? undefined);
    util.defineLazyInternal(inst, "optout", (zod) => zod.innerType?._zod?.optout ?? undefined);
    inst._zod.parse = (payload, ctx) => {
        const inner = inst._zod.innerType;
        return inner._zod.run(payload, ctx);
    };
})));
const $ZodCustom = /*@__PURE__*/ $constructor("$ZodCustom", (inst, def) => {
    $ZodCheck.init(inst, def);
    $ZodType.init(inst, def);
    inst._zod.parse = (payload, _) => {
        return payload;
    };
    inst._zod.check = (payload) => {
        const input = payload.value;
        const r = def.fn(input);
        if (r instanceof Promise) {
            return r.then((r) => handleRefineResult(r, payload, input, inst));
        }
        handleRefineResult(r, payload, input, inst);
        return;
    };
});
function handleRefineResult(result, payload, input, inst) {
    if (!result) {
        const _iss = {
            code: "custom",
            input,
            inst, // incorporates params.error into issue reporting
            path: [...(inst._zod.def.path ?? [])], // incorporates params.error into issue reporting
            continue: !inst._zod.def.abort,
            // params: inst._zod.def.params,
        };
        if (inst._zod.def.params)
            _iss.params = inst._zod.def.params;
        payload.issues.push(util_issue(_iss));
    }
}

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/registries.js
var registries_a;
const $output = /*@__PURE__*/ (/* unused pure expression or super */ null && (Symbol("ZodOutput")));
const $input = /*@__PURE__*/ (/* unused pure expression or super */ null && (Symbol("ZodInput")));
class $ZodRegistry {
    constructor() {
        this._map = new WeakMap();
        this._idmap = new Map();
    }
    add(schema, ..._meta) {
        const meta = _meta[0];
        this._map.set(schema, meta);
        if (meta && typeof meta === "object" && "id" in meta) {
            this._idmap.set(meta.id, schema);
        }
        return this;
    }
    clear() {
        this._map = new WeakMap();
        this._idmap = new Map();
        return this;
    }
    remove(schema) {
        const meta = this._map.get(schema);
        if (meta && typeof meta === "object" && "id" in meta) {
            this._idmap.delete(meta.id);
        }
        this._map.delete(schema);
        return this;
    }
    get(schema) {
        // return this._map.get(schema) as any;
        // inherit metadata
        const p = schema._zod.parent;
        if (p) {
            const pm = { ...(this.get(p) ?? {}) };
            delete pm.id; // do not inherit id
            const f = { ...pm, ...this._map.get(schema) };
            return Object.keys(f).length ? f : undefined;
        }
        return this._map.get(schema);
    }
    has(schema) {
        return this._map.has(schema);
    }
}
// registries
function registry() {
    return new $ZodRegistry();
}
(registries_a = globalThis).__zod_globalRegistry ?? (registries_a.__zod_globalRegistry = registry());
const globalRegistry = globalThis.__zod_globalRegistry;

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/api.js




function snapshotChecks(def) {
    if (def.checks)
        def.checks = [...def.checks];
    return def;
}
// @__NO_SIDE_EFFECTS__
function _string(Class, params) {
    return new Class(snapshotChecks({ type: "string", ...normalizeParams(params) }));
}
// @__NO_SIDE_EFFECTS__
function _coercedString(Class, params) {
    return new Class(snapshotChecks({ type: "string", coerce: true, ...util.normalizeParams(params) }));
}
// @__NO_SIDE_EFFECTS__
function _email(Class, params) {
    return new Class({
        type: "string",
        format: "email",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _guid(Class, params) {
    return new Class({
        type: "string",
        format: "guid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uuid(Class, params) {
    return new Class({
        type: "string",
        format: "uuid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uuidv4(Class, params) {
    return new Class({
        type: "string",
        format: "uuid",
        check: "string_format",
        abort: false,
        version: "v4",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uuidv6(Class, params) {
    return new Class({
        type: "string",
        format: "uuid",
        check: "string_format",
        abort: false,
        version: "v6",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uuidv7(Class, params) {
    return new Class({
        type: "string",
        format: "uuid",
        check: "string_format",
        abort: false,
        version: "v7",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _url(Class, params) {
    return new Class({
        type: "string",
        format: "url",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function api_emoji(Class, params) {
    return new Class({
        type: "string",
        format: "emoji",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _nanoid(Class, params) {
    return new Class({
        type: "string",
        format: "nanoid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
/**
 * @deprecated CUID v1 is deprecated by its authors due to information leakage
 * (timestamps embedded in the id). Use {@link _cuid2} instead.
 * See https://github.com/paralleldrive/cuid.
 */
// @__NO_SIDE_EFFECTS__
function _cuid(Class, params) {
    return new Class({
        type: "string",
        format: "cuid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _cuid2(Class, params) {
    return new Class({
        type: "string",
        format: "cuid2",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _ulid(Class, params) {
    return new Class({
        type: "string",
        format: "ulid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _xid(Class, params) {
    return new Class({
        type: "string",
        format: "xid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _ksuid(Class, params) {
    return new Class({
        type: "string",
        format: "ksuid",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _ipv4(Class, params) {
    return new Class({
        type: "string",
        format: "ipv4",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _ipv6(Class, params) {
    return new Class({
        type: "string",
        format: "ipv6",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _mac(Class, params) {
    return new Class({
        type: "string",
        format: "mac",
        check: "string_format",
        abort: false,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _cidrv4(Class, params) {
    return new Class({
        type: "string",
        format: "cidrv4",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _cidrv6(Class, params) {
    return new Class({
        type: "string",
        format: "cidrv6",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _base64(Class, params) {
    return new Class({
        type: "string",
        format: "base64",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _base64url(Class, params) {
    return new Class({
        type: "string",
        format: "base64url",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _e164(Class, params) {
    return new Class({
        type: "string",
        format: "e164",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _creditCard(Class, params) {
    return new Class({
        type: "string",
        format: "credit_card",
        check: "string_format",
        abort: false,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _iban(Class, params) {
    return new Class({
        type: "string",
        format: "iban",
        check: "string_format",
        abort: false,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _jwt(Class, params) {
    return new Class({
        type: "string",
        format: "jwt",
        check: "string_format",
        abort: false,
        ...normalizeParams(params),
    });
}
const TimePrecision = {
    Any: null,
    Minute: -1,
    Second: 0,
    Millisecond: 3,
    Microsecond: 6,
};
// @__NO_SIDE_EFFECTS__
function _isoDateTime(Class, params) {
    return new Class({
        type: "string",
        format: "datetime",
        check: "string_format",
        offset: false,
        local: false,
        precision: null,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _isoDate(Class, params) {
    return new Class({
        type: "string",
        format: "date",
        check: "string_format",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _isoTime(Class, params) {
    return new Class({
        type: "string",
        format: "time",
        check: "string_format",
        precision: null,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _isoDuration(Class, params) {
    return new Class({
        type: "string",
        format: "duration",
        check: "string_format",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _number(Class, params) {
    return new Class(snapshotChecks({ type: "number", checks: [], ...util.normalizeParams(params) }));
}
// @__NO_SIDE_EFFECTS__
function _coercedNumber(Class, params) {
    return new Class(snapshotChecks({ type: "number", coerce: true, checks: [], ...util.normalizeParams(params) }));
}
// @__NO_SIDE_EFFECTS__
function _int(Class, params) {
    return new Class({
        type: "number",
        check: "number_format",
        abort: false,
        format: "safeint",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _float32(Class, params) {
    return new Class({
        type: "number",
        check: "number_format",
        abort: false,
        format: "float32",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _float64(Class, params) {
    return new Class({
        type: "number",
        check: "number_format",
        abort: false,
        format: "float64",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _int32(Class, params) {
    return new Class({
        type: "number",
        check: "number_format",
        abort: false,
        format: "int32",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uint32(Class, params) {
    return new Class({
        type: "number",
        check: "number_format",
        abort: false,
        format: "uint32",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _boolean(Class, params) {
    return new Class({
        type: "boolean",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _coercedBoolean(Class, params) {
    return new Class({
        type: "boolean",
        coerce: true,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _bigint(Class, params) {
    return new Class({
        type: "bigint",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _coercedBigint(Class, params) {
    return new Class({
        type: "bigint",
        coerce: true,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _int64(Class, params) {
    return new Class({
        type: "bigint",
        check: "bigint_format",
        abort: false,
        format: "int64",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uint64(Class, params) {
    return new Class({
        type: "bigint",
        check: "bigint_format",
        abort: false,
        format: "uint64",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _symbol(Class, params) {
    return new Class({
        type: "symbol",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function api_undefined(Class, params) {
    return new Class({
        type: "undefined",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function api_null(Class, params) {
    return new Class({
        type: "null",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _any(Class) {
    return new Class({
        type: "any",
    });
}
// @__NO_SIDE_EFFECTS__
function _unknown(Class) {
    return new Class({
        type: "unknown",
    });
}
// @__NO_SIDE_EFFECTS__
function _never(Class, params) {
    return new Class({
        type: "never",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _void(Class, params) {
    return new Class({
        type: "void",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _date(Class, params) {
    return new Class({
        type: "date",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _coercedDate(Class, params) {
    return new Class({
        type: "date",
        coerce: true,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _nan(Class, params) {
    return new Class({
        type: "nan",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _lt(value, params) {
    return new $ZodCheckLessThan({
        check: "less_than",
        ...normalizeParams(params),
        value,
        inclusive: false,
    });
}
// @__NO_SIDE_EFFECTS__
function _lte(value, params) {
    return new $ZodCheckLessThan({
        check: "less_than",
        ...normalizeParams(params),
        value,
        inclusive: true,
    });
}

// @__NO_SIDE_EFFECTS__
function _gt(value, params) {
    return new $ZodCheckGreaterThan({
        check: "greater_than",
        ...normalizeParams(params),
        value,
        inclusive: false,
    });
}
// @__NO_SIDE_EFFECTS__
function _gte(value, params) {
    return new $ZodCheckGreaterThan({
        check: "greater_than",
        ...normalizeParams(params),
        value,
        inclusive: true,
    });
}

// @__NO_SIDE_EFFECTS__
function _positive(params) {
    return _gt(0, params);
}
// negative
// @__NO_SIDE_EFFECTS__
function _negative(params) {
    return _lt(0, params);
}
// nonpositive
// @__NO_SIDE_EFFECTS__
function _nonpositive(params) {
    return _lte(0, params);
}
// nonnegative
// @__NO_SIDE_EFFECTS__
function _nonnegative(params) {
    return _gte(0, params);
}
// @__NO_SIDE_EFFECTS__
function _multipleOf(value, params) {
    return new $ZodCheckMultipleOf({
        check: "multiple_of",
        ...normalizeParams(params),
        value,
    });
}
// @__NO_SIDE_EFFECTS__
function _maxSize(maximum, params) {
    return new checks.$ZodCheckMaxSize({
        check: "max_size",
        ...util.normalizeParams(params),
        maximum,
    });
}
// @__NO_SIDE_EFFECTS__
function _minSize(minimum, params) {
    return new checks.$ZodCheckMinSize({
        check: "min_size",
        ...util.normalizeParams(params),
        minimum,
    });
}
// @__NO_SIDE_EFFECTS__
function _size(size, params) {
    return new checks.$ZodCheckSizeEquals({
        check: "size_equals",
        ...util.normalizeParams(params),
        size,
    });
}
// @__NO_SIDE_EFFECTS__
function _maxLength(maximum, params) {
    const ch = new $ZodCheckMaxLength({
        check: "max_length",
        ...normalizeParams(params),
        maximum,
    });
    return ch;
}
// @__NO_SIDE_EFFECTS__
function _minLength(minimum, params) {
    return new $ZodCheckMinLength({
        check: "min_length",
        ...normalizeParams(params),
        minimum,
    });
}
// @__NO_SIDE_EFFECTS__
function _length(length, params) {
    return new $ZodCheckLengthEquals({
        check: "length_equals",
        ...normalizeParams(params),
        length,
    });
}
// @__NO_SIDE_EFFECTS__
function _regex(pattern, params) {
    return new $ZodCheckRegex({
        check: "string_format",
        format: "regex",
        ...normalizeParams(params),
        pattern,
    });
}
// @__NO_SIDE_EFFECTS__
function _lowercase(params) {
    return new $ZodCheckLowerCase({
        check: "string_format",
        format: "lowercase",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _uppercase(params) {
    return new $ZodCheckUpperCase({
        check: "string_format",
        format: "uppercase",
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _includes(includes, params) {
    return new $ZodCheckIncludes({
        check: "string_format",
        format: "includes",
        ...normalizeParams(params),
        includes,
    });
}
// @__NO_SIDE_EFFECTS__
function _startsWith(prefix, params) {
    return new $ZodCheckStartsWith({
        check: "string_format",
        format: "starts_with",
        ...normalizeParams(params),
        prefix,
    });
}
// @__NO_SIDE_EFFECTS__
function _endsWith(suffix, params) {
    return new $ZodCheckEndsWith({
        check: "string_format",
        format: "ends_with",
        ...normalizeParams(params),
        suffix,
    });
}
// @__NO_SIDE_EFFECTS__
function _property(property, schema, params) {
    return new checks.$ZodCheckProperty({
        check: "property",
        property,
        schema,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _properties(shape, params) {
    return new $ZodCheckProperties({
        check: "properties",
        shape,
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _mime(types, params) {
    return new checks.$ZodCheckMimeType({
        check: "mime_type",
        mime: types,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _overwrite(tx) {
    return new $ZodCheckOverwrite({
        check: "overwrite",
        tx,
    });
}
// normalize
// @__NO_SIDE_EFFECTS__
function _normalize(form) {
    return _overwrite((input) => input.normalize(form));
}
// trim
// @__NO_SIDE_EFFECTS__
function _trim() {
    return _overwrite((input) => input.trim());
}
// toLowerCase
// @__NO_SIDE_EFFECTS__
function _toLowerCase() {
    return _overwrite((input) => input.toLowerCase());
}
// toUpperCase
// @__NO_SIDE_EFFECTS__
function _toUpperCase() {
    return _overwrite((input) => input.toUpperCase());
}
// slugify
// @__NO_SIDE_EFFECTS__
function _slugify() {
    return _overwrite((input) => slugify(input));
}
// @__NO_SIDE_EFFECTS__
function _array(Class, element, params) {
    return new Class({
        type: "array",
        element,
        // get element() {
        //   return element;
        // },
        ...normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _union(Class, options, params) {
    return new Class({
        type: "union",
        options,
        ...util.normalizeParams(params),
    });
}
function _xor(Class, options, params) {
    return new Class({
        type: "union",
        options,
        inclusive: false,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _discriminatedUnion(Class, discriminator, options, params) {
    return new Class({
        type: "union",
        options: options,
        discriminator,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _intersection(Class, left, right) {
    return new Class({
        type: "intersection",
        left,
        right,
    });
}
// export function _tuple(
//   Class: util.SchemaClass<schemas.$ZodTuple>,
//   items: [],
//   params?: string | $ZodTupleParams
// ): schemas.$ZodTuple<[], null>;
// @__NO_SIDE_EFFECTS__
function _tuple(Class, items, _paramsOrRest, _params) {
    const hasRest = _paramsOrRest instanceof schemas.$ZodType;
    const params = hasRest ? _params : _paramsOrRest;
    const rest = hasRest ? _paramsOrRest : null;
    return new Class({
        type: "tuple",
        items,
        rest,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _record(Class, keyType, valueType, params) {
    return new Class({
        type: "record",
        keyType,
        valueType,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _map(Class, keyType, valueType, params) {
    return new Class({
        type: "map",
        keyType,
        valueType,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _set(Class, valueType, params) {
    return new Class({
        type: "set",
        valueType,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _enum(Class, values, params) {
    const entries = Array.isArray(values) ? Object.fromEntries(values.map((v) => [v, v])) : values;
    // if (Array.isArray(values)) {
    //   for (const value of values) {
    //     entries[value] = value;
    //   }
    // } else {
    //   Object.assign(entries, values);
    // }
    // const entries: util.EnumLike = {};
    // for (const val of values) {
    //   entries[val] = val;
    // }
    return new Class({
        type: "enum",
        entries,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
/** @deprecated This API has been merged into `z.enum()`. Use `z.enum()` instead.
 *
 * ```ts
 * enum Colors { red, green, blue }
 * z.enum(Colors);
 * ```
 */
function _nativeEnum(Class, entries, params) {
    return new Class({
        type: "enum",
        entries,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _literal(Class, value, params) {
    return new Class({
        type: "literal",
        values: Array.isArray(value) ? value : [value],
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _file(Class, params) {
    return new Class({
        type: "file",
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _transform(Class, fn) {
    return new Class({
        type: "transform",
        transform: fn,
    });
}
// @__NO_SIDE_EFFECTS__
function _optional(Class, innerType) {
    return new Class({
        type: "optional",
        innerType,
    });
}
// @__NO_SIDE_EFFECTS__
function _nullable(Class, innerType) {
    return new Class({
        type: "nullable",
        innerType,
    });
}
// @__NO_SIDE_EFFECTS__
function _default(Class, innerType, defaultValue) {
    return new Class({
        type: "default",
        innerType,
        get defaultValue() {
            return typeof defaultValue === "function" ? defaultValue() : util.shallowClone(defaultValue);
        },
    });
}
// @__NO_SIDE_EFFECTS__
function _nonoptional(Class, innerType, params) {
    return new Class({
        type: "nonoptional",
        innerType,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _success(Class, innerType) {
    return new Class({
        type: "success",
        innerType,
    });
}
// @__NO_SIDE_EFFECTS__
function _catch(Class, innerType, catchValue) {
    return new Class({
        type: "catch",
        innerType,
        catchValue: (typeof catchValue === "function" ? catchValue : util.constantCatch(catchValue)),
    });
}
// @__NO_SIDE_EFFECTS__
function _pipe(Class, in_, out) {
    return new Class({
        type: "pipe",
        in: in_,
        out,
    });
}
// @__NO_SIDE_EFFECTS__
function _readonly(Class, innerType) {
    return new Class({
        type: "readonly",
        innerType,
    });
}
// @__NO_SIDE_EFFECTS__
function _templateLiteral(Class, parts, params) {
    return new Class({
        type: "template_literal",
        parts,
        ...util.normalizeParams(params),
    });
}
// @__NO_SIDE_EFFECTS__
function _lazy(Class, getter) {
    return new Class({
        type: "lazy",
        getter,
    });
}
// @__NO_SIDE_EFFECTS__
function _promise(Class, innerType) {
    return new Class({
        type: "promise",
        innerType,
    });
}
// @__NO_SIDE_EFFECTS__
function _custom(Class, fn, _params) {
    const norm = util.normalizeParams(_params);
    norm.abort ?? (norm.abort = true); // default to abort:false
    const schema = new Class({
        type: "custom",
        check: "custom",
        fn: fn,
        ...norm,
    });
    return schema;
}
// same as _custom but defaults to abort:false
// @__NO_SIDE_EFFECTS__
function _refine(Class, fn, _params) {
    const schema = new Class({
        type: "custom",
        check: "custom",
        fn: fn,
        ...normalizeParams(_params),
    });
    return schema;
}
// @__NO_SIDE_EFFECTS__
function _superRefine(fn, params) {
    const ch = _check((payload) => {
        payload.addIssue = (issue) => {
            if (typeof issue === "string") {
                payload.issues.push(util_issue(issue, payload.value, ch._zod.def));
            }
            else {
                // for Zod 3 backwards compatibility
                const _issue = issue;
                if (_issue.fatal)
                    _issue.continue = false;
                _issue.code ?? (_issue.code = "custom");
                if (!("input" in _issue))
                    _issue.input = payload.value;
                _issue.inst ?? (_issue.inst = ch);
                _issue.continue ?? (_issue.continue = !ch._zod.def.abort); // abort is always undefined, so this is always true...
                payload.issues.push(util_issue(_issue));
            }
        };
        return fn(payload.value, payload);
    }, params);
    return ch;
}
// @__NO_SIDE_EFFECTS__
function _check(fn, params) {
    const ch = new $ZodCheck({
        check: "custom",
        ...normalizeParams(params),
    });
    ch._zod.check = fn;
    return ch;
}
// @__NO_SIDE_EFFECTS__
function describe(description) {
    const ch = new $ZodCheck({ check: "describe" });
    ch._zod.onattach = [
        (inst) => {
            const existing = globalRegistry.get(inst) ?? {};
            globalRegistry.add(inst, { ...existing, description });
        },
    ];
    ch._zod.check = () => { }; // no-op check
    return ch;
}
// @__NO_SIDE_EFFECTS__
function meta(metadata) {
    const ch = new $ZodCheck({ check: "meta" });
    ch._zod.onattach = [
        (inst) => {
            const existing = globalRegistry.get(inst) ?? {};
            globalRegistry.add(inst, { ...existing, ...metadata });
        },
    ];
    ch._zod.check = () => { }; // no-op check
    return ch;
}
// @__NO_SIDE_EFFECTS__
function _stringbool(Classes, _params) {
    const params = util.normalizeParams(_params);
    let truthyArray = params.truthy ?? ["true", "1", "yes", "on", "y", "enabled"];
    let falsyArray = params.falsy ?? ["false", "0", "no", "off", "n", "disabled"];
    if (params.case !== "sensitive") {
        truthyArray = truthyArray.map((v) => (typeof v === "string" ? v.toLowerCase() : v));
        falsyArray = falsyArray.map((v) => (typeof v === "string" ? v.toLowerCase() : v));
    }
    const truthySet = new Set(truthyArray);
    const falsySet = new Set(falsyArray);
    const _Codec = Classes.Codec ?? schemas.$ZodCodec;
    const _Boolean = Classes.Boolean ?? schemas.$ZodBoolean;
    const _String = Classes.String ?? schemas.$ZodString;
    const stringSchema = new _String({ type: "string", error: params.error });
    const booleanSchema = new _Boolean({ type: "boolean", error: params.error });
    const codec = new _Codec({
        type: "pipe",
        in: stringSchema,
        out: booleanSchema,
        transform: ((input, payload) => {
            let data = input;
            if (params.case !== "sensitive")
                data = data.toLowerCase();
            if (truthySet.has(data)) {
                return true;
            }
            else if (falsySet.has(data)) {
                return false;
            }
            else {
                payload.issues.push({
                    code: "invalid_value",
                    expected: "stringbool",
                    values: [...truthySet, ...falsySet],
                    input: payload.value,
                    inst: codec,
                    continue: false,
                });
                return {};
            }
        }),
        reverseTransform: ((input, _payload) => {
            if (input === true) {
                return truthyArray[0] || "true";
            }
            else {
                return falsyArray[0] || "false";
            }
        }),
        error: params.error,
    });
    codec._zod.bag.truthy = truthyArray;
    codec._zod.bag.falsy = falsyArray;
    codec._zod.bag.case = params.case ?? "insensitive";
    return codec;
}
// @__NO_SIDE_EFFECTS__
function _stringFormat(Class, format, fnOrRegex, _params = {}) {
    const params = util.normalizeParams(_params);
    const def = {
        check: "string_format",
        type: "string",
        format,
        fn: typeof fnOrRegex === "function" ? fnOrRegex : (val) => fnOrRegex.test(val),
        ...params,
    };
    if (fnOrRegex instanceof RegExp) {
        def.pattern = fnOrRegex;
    }
    const inst = new Class(def);
    return inst;
}

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/to-json-schema.js


function assignProps(target, ...sources) {
    for (const source of sources) {
        for (const key of Reflect.ownKeys(source)) {
            if (Object.prototype.propertyIsEnumerable.call(source, key)) {
                util_assignProp(target, key, source[key]);
            }
        }
    }
    return target;
}
// function initializeContext<T extends schemas.$ZodType>(inputs: JSONSchemaGeneratorParams<T>): ToJSONSchemaContext<T> {
//   return {
//     processor: inputs.processor,
//     metadataRegistry: inputs.metadata ?? globalRegistry,
//     target: inputs.target ?? "draft-2020-12",
//     unrepresentable: inputs.unrepresentable ?? "throw",
//   };
// }
function to_json_schema_initializeContext(params) {
    // Normalize target: convert old non-hyphenated versions to hyphenated versions
    let target = params?.target ?? "draft-2020-12";
    if (target === "draft-4")
        target = "draft-04";
    if (target === "draft-7")
        target = "draft-07";
    return {
        processors: params.processors ?? {},
        metadataRegistry: params?.metadata ?? globalRegistry,
        target,
        unrepresentable: params?.unrepresentable ?? "throw",
        override: params?.override ?? (() => { }),
        io: params?.io ?? "output",
        counter: 0,
        seen: new Map(),
        sharedDefsExtractedFor: undefined,
        sharedEmitDoneFor: undefined,
        cycles: params?.cycles ?? "ref",
        reused: params?.reused ?? "inline",
        intersections: [],
        deferred: [],
        external: params?.external ?? undefined,
    };
}
/**
 * Applies the `unrepresentable` setting at a site that has no JSON Schema equivalent. Throws
 * `message` unless the setting (or the handler's return value) says otherwise. Returns `true` if a
 * custom JSON Schema was written into `json`, in which case the caller must not write its own.
 */
function handleUnrepresentable(schema, ctx, json, params, message) {
    const result = typeof ctx.unrepresentable === "function"
        ? ctx.unrepresentable({ zodSchema: schema, path: params.path, message })
        : ctx.unrepresentable;
    if (result === "any")
        return false;
    if (result === undefined || result === "throw")
        throw new Error(message);
    Object.assign(json, result);
    return true;
}
// never rename this back to `process`: bundler polyfills inject a top-level `const process` that a lexical declaration of the same name collides with (#6397)
function to_json_schema_processSchema(schema, ctx, _params = { path: [], schemaPath: [] }) {
    var _a;
    const def = schema._zod.def;
    // check for schema in seens
    const seen = ctx.seen.get(schema);
    if (seen) {
        seen.count++;
        // check if cycle
        const isCycle = _params.schemaPath.includes(schema);
        if (isCycle) {
            seen.cycle = _params.path;
        }
        return seen.schema;
    }
    // initialize
    const result = { schema: {}, count: 1, cycle: undefined, path: _params.path };
    ctx.seen.set(schema, result);
    ctx.sharedDefsExtractedFor = undefined;
    ctx.sharedEmitDoneFor = undefined;
    // custom method overrides default behavior
    const overrideSchema = schema._zod.toJSONSchema?.();
    if (overrideSchema) {
        result.schema = overrideSchema;
    }
    else {
        const params = {
            ..._params,
            schemaPath: [..._params.schemaPath, schema],
            path: _params.path,
        };
        if (schema._zod.processJSONSchema) {
            schema._zod.processJSONSchema(ctx, result.schema, params);
        }
        else {
            const _json = result.schema;
            const processor = ctx.processors[def.type];
            if (!processor) {
                throw new Error(`[toJSONSchema]: Non-representable type encountered: ${def.type}`);
            }
            processor(schema, ctx, _json, params);
        }
        const parent = schema._zod.parent;
        if (parent) {
            // Also set ref if processor didn't (for inheritance)
            if (!result.ref)
                result.ref = parent;
            to_json_schema_processSchema(parent, ctx, params);
            ctx.seen.get(parent).isParent = true;
        }
    }
    // metadata
    const meta = ctx.metadataRegistry.get(schema);
    if (meta)
        assignProps(result.schema, meta);
    if (ctx.io === "input" && isTransforming(schema)) {
        // examples/defaults only apply to output type of pipe
        delete result.schema.examples;
        delete result.schema.default;
    }
    // set prefault as default
    if (ctx.io === "input" && "_prefault" in result.schema)
        (_a = result.schema).default ?? (_a.default = result.schema._prefault);
    delete result.schema._prefault;
    // pulling fresh from ctx.seen in case it was overwritten
    const _result = ctx.seen.get(schema);
    return _result.schema;
}
/** @deprecated Renamed to `processSchema`. An export alias declares no binding, so it is safe to keep. */

// Escape a reference token for use in a JSON Pointer fragment (RFC 6901): `~` becomes `~0` and `/` becomes `~1`. The `~` replacement must run first.
function encodeJSONPointerSegment(segment) {
    return segment.replace(/~/g, "~0").replace(/\//g, "~1");
}
function to_json_schema_extractDefs(ctx, schema
// params: EmitParams
) {
    // iterate over seen map;
    const root = ctx.seen.get(schema);
    if (!root)
        throw new Error("Unprocessed schema. This is a bug in Zod.");
    // With `external` set, every registered schema resolves through the external branch of `makeURI`, so the root branch below produces the same ref the external branch would — this pass is identical whichever schema it is called with, and only needs to run once.
    if (ctx.external && ctx.sharedDefsExtractedFor === ctx.external)
        return;
    // Track ids to detect duplicates across different schemas
    const idToSchema = new Map();
    for (const entry of ctx.seen.entries()) {
        const id = ctx.metadataRegistry.get(entry[0])?.id;
        if (id) {
            const existing = idToSchema.get(id);
            if (existing && existing !== entry[0]) {
                throw new Error(`Duplicate schema id "${id}" detected during JSON Schema conversion. Two different schemas cannot share the same id when converted together.`);
            }
            idToSchema.set(id, entry[0]);
        }
    }
    // returns a ref to the schema defId will be empty if the ref points to an external schema (or #)
    const makeURI = (entry) => {
        // comparing the seen objects because sometimes multiple schemas map to the same seen object. e.g. lazy
        // external is configured
        const defsSegment = ctx.target === "draft-2020-12" ? "$defs" : "definitions";
        if (ctx.external) {
            const externalId = ctx.external.registry.get(entry[0])?.id; // ?? "__shared";// `__schema${ctx.counter++}`;
            // check if schema is in the external registry
            const uriGenerator = ctx.external.uri ?? ((id) => id);
            if (externalId) {
                return { ref: uriGenerator(externalId) };
            }
            // otherwise, add to __shared
            const id = entry[1].defId ?? entry[1].schema.id ?? `schema${ctx.counter++}`;
            entry[1].defId = id; // set defId so it will be reused if needed
            return { defId: id, ref: `${uriGenerator("__shared")}#/${defsSegment}/${encodeJSONPointerSegment(id)}` };
        }
        const uriPrefix = `#`;
        const defUriPrefix = `${uriPrefix}/${defsSegment}/`;
        // an id-less root has nowhere to be extracted to, so it stays inline and self-references as `#`
        if (entry[1] === root && !entry[1].schema.id) {
            return { ref: uriPrefix };
        }
        // self-contained schema
        const defId = entry[1].schema.id ?? `__schema${ctx.counter++}`;
        return { defId, ref: defUriPrefix + encodeJSONPointerSegment(defId) };
    };
    // stored cached version in `def` property remove all properties, set $ref
    const extractToDef = (entry) => {
        // if the schema is already a reference, do not extract it
        if (entry[1].schema.$ref) {
            return;
        }
        const seen = entry[1];
        const { ref, defId } = makeURI(entry);
        seen.def = { ...seen.schema };
        // defId won't be set if the schema is a reference to an external schema or if the schema is the root schema
        if (defId)
            seen.defId = defId;
        // wipe away all properties except $ref
        const schema = seen.schema;
        for (const key in schema) {
            delete schema[key];
        }
        schema.$ref = ref;
    };
    // throw on cycles
    // break cycles
    if (ctx.cycles === "throw") {
        for (const entry of ctx.seen.entries()) {
            const seen = entry[1];
            if (seen.cycle) {
                throw new Error("Cycle detected: " +
                    `#/${seen.cycle?.join("/")}/<root>` +
                    '\n\nSet the `cycles` parameter to `"ref"` to resolve cyclical schemas with defs.');
            }
        }
    }
    // extract schemas into $defs
    for (const entry of ctx.seen.entries()) {
        const seen = entry[1];
        // convert root schema to # $ref
        if (schema === entry[0]) {
            extractToDef(entry); // this has special handling for the root schema
            continue;
        }
        // extract schemas that are in the external registry
        if (ctx.external) {
            const ext = ctx.external.registry.get(entry[0])?.id;
            if (schema !== entry[0] && ext) {
                extractToDef(entry);
                continue;
            }
        }
        // extract schemas with `id` meta
        const id = ctx.metadataRegistry.get(entry[0])?.id;
        if (id) {
            extractToDef(entry);
            continue;
        }
        // break cycles
        if (seen.cycle) {
            // any
            extractToDef(entry);
            continue;
        }
        // extract reused schemas
        if (seen.count > 1) {
            if (ctx.reused === "ref") {
                extractToDef(entry);
            }
        }
    }
    if (ctx.external)
        ctx.sharedDefsExtractedFor = ctx.external;
}
/** Rewrites `anyOf: [{type: "a"}, {type: "b"}]` to `type: ["a", "b"]`, which every JSON Schema draft treats as equivalent and most consumers render far better for the nullable case. Only branches that are a bare type assertion qualify — anything carrying a constraint, `$ref`, `const` or metadata is left alone. Runs after `flattenRef`, so a branch an override decorated or `$defs` extraction turned into a `$ref` is no longer bare and correctly stays in `anyOf`. `oneOf` is excluded: `integer` and `number` overlap, so "exactly one" and "at least one" are not the same there. OpenAPI 3.0 is excluded: its `type` must be a single string. */
function compactTypeUnion(schema) {
    const options = schema.anyOf;
    if (!Array.isArray(options) || options.length === 0 || schema.type !== undefined)
        return;
    const types = [];
    for (const option of options) {
        if (!option || typeof option !== "object")
            return;
        // A branch that is itself a compactible union folds into this one — nested `anyOf` and a flat `type` array say the same thing. Compacting it first also makes the result independent of the order this pass walks the seen map in.
        compactTypeUnion(option);
        const keys = Object.keys(option);
        if (keys.length !== 1 || keys[0] !== "type")
            return;
        const type = option.type;
        for (const member of Array.isArray(type) ? type : [type]) {
            if (typeof member !== "string")
                return;
            if (!types.includes(member))
                types.push(member);
        }
    }
    delete schema.anyOf;
    // A `type` array must be non-empty and unique (metaschema); a single member is spelled as a bare string.
    schema.type = types.length === 1 ? types[0] : types;
}
/** Keywords `foldIntersection` knows how to combine. Anything else — `$ref`, `patternProperties`,
 * an annotation like `description` — makes a member unfoldable, so a constraint this does not
 * understand leaves the `allOf` alone instead of being silently dropped or misattributed. */
const FOLDABLE_KEYS = new Set(["type", "properties", "required", "additionalProperties"]);
const UNION_KEYS = ["oneOf", "anyOf"];
/** A member's constraint on a key it does not declare itself. A `catchall` states one; `false`, an absent `additionalProperties`, and the empty schema a loose object emits state nothing. */
function undeclaredConstraint(member) {
    const extra = member.additionalProperties;
    if (extra === undefined || extra === false || typeof extra !== "object" || extra === null)
        return null;
    return Object.keys(extra).length ? extra : null;
}
/** Combines object members into the single object they describe together, or returns `null` if any of them carries a keyword outside {@link FOLDABLE_KEYS}. */
function foldObjects(members) {
    const objects = [];
    for (const member of members) {
        // A boolean subschema is legal JSON Schema and carries no keywords to fold.
        if (typeof member !== "object" || member.type !== "object")
            return null;
        for (const key in member) {
            if (!FOLDABLE_KEYS.has(key))
                return null;
        }
        objects.push(member);
    }
    const properties = {};
    const required = new Set();
    for (const object of objects) {
        for (const key in object.properties) {
            // `in` would report a `__proto__` key as already present via the prototype chain and skip it.
            if (Object.prototype.hasOwnProperty.call(properties, key))
                continue;
            // Every member constrains this key: the ones that declare it say how, and a `catchall` member constrains it too even though it does not name it. The key has to satisfy all of them, which is the same intersection one level down.
            const parts = [];
            for (const other of objects) {
                const part = other.properties?.[key] ?? undeclaredConstraint(other);
                if (part === null || part === undefined)
                    continue;
                if (!parts.some((seen) => JSON.stringify(seen) === JSON.stringify(part)))
                    parts.push(part);
            }
            const merged = parts.length === 1
                ? parts[0]
                : (foldObjects(parts) ?? { allOf: parts });
            util_assignProp(properties, key, merged);
        }
        for (const key of object.required ?? [])
            required.add(key);
    }
    const folded = { type: "object", properties };
    if (required.size)
        folded.required = [...required];
    // A key no member declares is rejected only when every member rejects it, so the fold is closed only when every member is. Otherwise it carries whatever the `catchall` members demand of such a key.
    if (objects.every((object) => object.additionalProperties === false)) {
        folded.additionalProperties = false;
    }
    else {
        const constraints = [];
        for (const object of objects) {
            const constraint = undeclaredConstraint(object);
            if (constraint && !constraints.some((seen) => JSON.stringify(seen) === JSON.stringify(constraint)))
                constraints.push(constraint);
        }
        if (constraints.length === 1)
            folded.additionalProperties = constraints[0];
        else if (constraints.length > 1)
            folded.additionalProperties = { allOf: constraints };
    }
    return folded;
}
/** `additionalProperties` in an `allOf` member sees only that member's own `properties`, so two
 * closed object members reject each other's keys and the schema validates nothing. Zod's parser
 * pools the key sets instead — `handleIntersectionResults` reports a key as unrecognized only when
 * *every* side rejects it — so the emitted schema has to pool them too, and folding the members
 * into one object is the encoding that says so on every target.
 *
 * This runs from `finalize`, after `extractDefs`, which is what keeps it clear of the `$ref`
 * machinery: a member extracted into `$defs` is already a `$ref` by now and declines to fold, so it
 * keeps its reference and its own closedness rather than being inlined as a stale copy. */
function foldIntersection(json) {
    const allOf = json.allOf;
    if (!Array.isArray(allOf) || allOf.length < 2)
        return;
    // An `override` runs before this pass and may have written object keywords onto the intersection itself. Those are deliberate, so decline rather than overwrite them.
    for (const key of FOLDABLE_KEYS)
        if (key in json)
            return;
    // An intersection distributes over a union: `A & (X | Y)` is `(A & X) | (A & Y)`. Only the first union is distributed over; a second one stays among the members every branch folds against, where it fails the object check and declines the whole intersection rather than multiplying out.
    const unions = allOf.filter((m) => UNION_KEYS.some((k) => Array.isArray(m[k])));
    let folded = null;
    if (!unions.length) {
        folded = foldObjects(allOf);
    }
    else {
        const union = unions[0];
        const keyword = UNION_KEYS.find((k) => Array.isArray(union[k]));
        if (Object.keys(union).length !== 1)
            return;
        const rest = allOf.filter((m) => m !== union);
        const branches = union[keyword].map((branch) => foldObjects([...rest, branch]));
        if (branches.some((b) => !b))
            return;
        folded = { [keyword]: branches };
    }
    if (!folded)
        return;
    delete json.allOf;
    assignProps(json, folded);
}
function to_json_schema_finalize(ctx, schema) {
    const root = ctx.seen.get(schema);
    if (!root)
        throw new Error("Unprocessed schema. This is a bug in Zod.");
    // flatten refs - inherit properties from parent schemas
    const flattenRef = (zodSchema) => {
        const seen = ctx.seen.get(zodSchema);
        // already processed
        if (seen.ref === null)
            return;
        const schema = seen.def ?? seen.schema;
        const _cached = { ...schema };
        const ref = seen.ref;
        seen.ref = null; // prevent infinite recursion
        if (ref) {
            flattenRef(ref);
            const refSeen = ctx.seen.get(ref);
            const refSchema = refSeen.schema;
            // merge referenced schema into current
            if (refSchema.$ref && (ctx.target === "draft-07" || ctx.target === "draft-04" || ctx.target === "openapi-3.0")) {
                // older drafts can't combine $ref with other properties
                schema.allOf = schema.allOf ?? [];
                schema.allOf.push(refSchema);
            }
            else {
                assignProps(schema, refSchema);
            }
            // restore child's own properties (child wins)
            assignProps(schema, _cached);
            const isParentRef = zodSchema._zod.parent === ref;
            // For parent chain, child is a refinement - remove parent-only properties
            if (isParentRef) {
                for (const key in schema) {
                    if (key === "$ref" || key === "allOf")
                        continue;
                    if (!(key in _cached)) {
                        delete schema[key];
                    }
                }
            }
            // When ref was extracted to $defs, remove properties that match the definition
            if (refSchema.$ref && refSeen.def) {
                for (const key in schema) {
                    if (key === "$ref" || key === "allOf")
                        continue;
                    if (key in refSeen.def && JSON.stringify(schema[key]) === JSON.stringify(refSeen.def[key])) {
                        delete schema[key];
                    }
                }
            }
        }
        // If parent was extracted (has $ref), propagate $ref to this schema. This handles cases like: readonly().meta({id}).describe() where processor sets ref to innerType but parent should be referenced
        const parent = zodSchema._zod.parent;
        if (parent && parent !== ref) {
            // Ensure parent is processed first so its def has inherited properties
            flattenRef(parent);
            const parentSeen = ctx.seen.get(parent);
            if (parentSeen?.schema.$ref) {
                schema.$ref = parentSeen.schema.$ref;
                // De-duplicate with parent's definition
                if (parentSeen.def) {
                    for (const key in schema) {
                        if (key === "$ref" || key === "allOf")
                            continue;
                        if (key in parentSeen.def && JSON.stringify(schema[key]) === JSON.stringify(parentSeen.def[key])) {
                            delete schema[key];
                        }
                    }
                }
            }
        }
        // execute overrides
        ctx.override({
            zodSchema: zodSchema,
            jsonSchema: schema,
            path: seen.path ?? [],
        });
    };
    // Flattening walks the whole map and clears each `ref` as it goes, so a second call over the same map is a no-op scan. Skip it outright once it has run for a registry conversion.
    if (!ctx.external || ctx.sharedEmitDoneFor !== ctx.external) {
        for (const entry of [...ctx.seen.entries()].reverse()) {
            flattenRef(entry[0]);
        }
        if (ctx.target !== "openapi-3.0") {
            for (const entry of ctx.seen.entries()) {
                compactTypeUnion(entry[1].def ?? entry[1].schema);
            }
        }
        for (const rewrite of ctx.deferred)
            rewrite();
        // After flattening, every member that was extracted is a `$ref`, so the fold sees the final shape. A schema that inherits an intersection — through `z.lazy`, or any `ref` chain — holds the same `allOf` array, so fold by array identity to catch every copy.
        if (ctx.intersections.length) {
            const carriers = new Map();
            for (const seen of ctx.seen.values()) {
                for (const json of [seen.schema, seen.def]) {
                    const allOf = json?.allOf;
                    if (!Array.isArray(allOf))
                        continue;
                    const existing = carriers.get(allOf);
                    if (existing)
                        existing.push(json);
                    else
                        carriers.set(allOf, [json]);
                }
            }
            for (const allOf of ctx.intersections) {
                for (const json of carriers.get(allOf) ?? [])
                    foldIntersection(json);
            }
        }
    }
    const result = {};
    if (ctx.target === "draft-2020-12") {
        result.$schema = "https://json-schema.org/draft/2020-12/schema";
    }
    else if (ctx.target === "draft-07") {
        result.$schema = "http://json-schema.org/draft-07/schema#";
    }
    else if (ctx.target === "draft-04") {
        result.$schema = "http://json-schema.org/draft-04/schema#";
    }
    else if (ctx.target === "openapi-3.0") {
        // OpenAPI 3.0 schema objects should not include a $schema property
    }
    else {
        // Arbitrary string values are allowed but won't have a $schema property set
    }
    if (ctx.external?.uri) {
        const id = ctx.external.registry.get(schema)?.id;
        if (!id)
            throw new Error("Schema is missing an `id` property");
        result.$id = ctx.external.uri(id);
    }
    // when the root was extracted into $defs, `root.schema` is the `$ref` wrapper and `root.def` is the body that now lives under $defs
    assignProps(result, root.defId ? root.schema : (root.def ?? root.schema));
    // The `id` in `.meta()` is a Zod-specific registration tag used to extract schemas into $defs — it is not user-facing JSON Schema metadata. Strip it from the output body where it would otherwise leak. The id is preserved implicitly via the $defs key (and via $ref paths).
    const rootMetaId = ctx.metadataRegistry.get(schema)?.id;
    if (rootMetaId !== undefined && result.id === rootMetaId)
        delete result.id;
    // build defs object. With `external`, `defs` is the shared object every schema writes into, so the same entries are reassigned on every call. Without it, `defs` is fresh per call and must be rebuilt.
    const defs = ctx.external?.defs ?? {};
    if (!ctx.external || ctx.sharedEmitDoneFor !== ctx.external) {
        for (const entry of ctx.seen.entries()) {
            const seen = entry[1];
            if (seen.def && seen.defId) {
                if (seen.def.id === seen.defId)
                    delete seen.def.id;
                util_assignProp(defs, seen.defId, seen.def);
            }
        }
    }
    if (ctx.external)
        ctx.sharedEmitDoneFor = ctx.external;
    // set definitions in result
    if (ctx.external) {
    }
    else {
        if (Object.keys(defs).length > 0) {
            if (ctx.target === "draft-2020-12") {
                result.$defs = defs;
            }
            else {
                result.definitions = defs;
            }
        }
    }
    try {
        // this "finalizes" this schema and ensures all cycles are removed each call to finalize() is functionally independent though the seen map is shared
        const finalized = JSON.parse(JSON.stringify(result));
        Object.defineProperty(finalized, "~standard", {
            value: {
                ...schema["~standard"],
                jsonSchema: {
                    input: createStandardJSONSchemaMethod(schema, "input", ctx.processors),
                    output: createStandardJSONSchemaMethod(schema, "output", ctx.processors),
                },
            },
            enumerable: false,
            writable: false,
        });
        return finalized;
    }
    catch (_err) {
        throw new Error("Error converting schema to JSON.");
    }
}
function isTransforming(_schema, _ctx) {
    const ctx = _ctx ?? { seen: new Set() };
    if (ctx.seen.has(_schema))
        return false;
    ctx.seen.add(_schema);
    const def = _schema._zod.def;
    if (def.type === "transform")
        return true;
    if (def.type === "array")
        return isTransforming(def.element, ctx);
    if (def.type === "set")
        return isTransforming(def.valueType, ctx);
    if (def.type === "lazy")
        return isTransforming(def.getter(), ctx);
    if (def.type === "promise" ||
        def.type === "optional" ||
        def.type === "nonoptional" ||
        def.type === "nullable" ||
        def.type === "readonly" ||
        def.type === "default" ||
        def.type === "prefault" ||
        def.type === "catch") {
        return isTransforming(def.innerType, ctx);
    }
    if (def.type === "intersection") {
        return isTransforming(def.left, ctx) || isTransforming(def.right, ctx);
    }
    if (def.type === "record" || def.type === "map") {
        return isTransforming(def.keyType, ctx) || isTransforming(def.valueType, ctx);
    }
    if (def.type === "pipe") {
        if (_schema._zod.traits.has("$ZodCodec"))
            return true;
        return isTransforming(def.in, ctx) || isTransforming(def.out, ctx);
    }
    if (def.type === "object") {
        for (const key in def.shape) {
            if (isTransforming(def.shape[key], ctx))
                return true;
        }
        return false;
    }
    if (def.type === "union") {
        for (const option of def.options) {
            if (isTransforming(option, ctx))
                return true;
        }
        return false;
    }
    if (def.type === "tuple") {
        for (const item of def.items) {
            if (isTransforming(item, ctx))
                return true;
        }
        if (def.rest && isTransforming(def.rest, ctx))
            return true;
        return false;
    }
    return false;
}
/**
 * Creates a toJSONSchema method for a schema instance.
 * This encapsulates the logic of initializing context, processing, extracting defs, and finalizing.
 */
const createToJSONSchemaMethod = (schema, processors = {}) => (params) => {
    const ctx = to_json_schema_initializeContext({ ...params, processors });
    to_json_schema_processSchema(schema, ctx);
    to_json_schema_extractDefs(ctx, schema);
    return to_json_schema_finalize(ctx, schema);
};
const createStandardJSONSchemaMethod = (schema, io, processors = {}) => (params) => {
    const { libraryOptions, target } = params ?? {};
    const ctx = to_json_schema_initializeContext({ ...(libraryOptions ?? {}), target, io, processors });
    to_json_schema_processSchema(schema, ctx);
    to_json_schema_extractDefs(ctx, schema);
    return to_json_schema_finalize(ctx, schema);
};

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/json-schema-processors.js




const narrowMin = (agg, key, value) => {
    if (agg[key] === undefined || value > agg[key])
        agg[key] = value;
};
const narrowMax = (agg, key, value) => {
    if (agg[key] === undefined || value < agg[key])
        agg[key] = value;
};
const narrowBoth = (agg, value) => {
    narrowMin(agg, "minimum", value);
    narrowMax(agg, "maximum", value);
};
const addDivisor = (agg, value) => {
    agg.multipleOf ?? (agg.multipleOf = []);
    if (!agg.multipleOf.includes(value))
        agg.multipleOf.push(value);
};
const addPattern = (agg, pattern) => {
    agg.patterns ?? (agg.patterns = new Set());
    agg.patterns.add(pattern);
};
const intersectMime = (agg, mime) => {
    agg.mime = agg.mime ? agg.mime.filter((m) => mime.includes(m)) : [...mime];
};
// last-wins, matching the bag's historical write order; the flag keeps an integer format from being lost to a later float one
const setFormat = (agg, format) => {
    agg.format = format;
    if (format.includes("int"))
        agg.isInt = true;
};
const minContributor = (agg, def) => narrowMin(agg, "minimum", def.minimum);
const maxContributor = (agg, def) => narrowMax(agg, "maximum", def.maximum);
const formatContributor = (ranges) => (agg, def) => {
    setFormat(agg, def.format);
    const [minimum, maximum] = ranges[def.format];
    narrowMin(agg, "minimum", minimum);
    narrowMax(agg, "maximum", maximum);
};
const contributors = {
    greater_than: (agg, def) => narrowMin(agg, def.inclusive ? "minimum" : "exclusiveMinimum", def.value),
    less_than: (agg, def) => narrowMax(agg, def.inclusive ? "maximum" : "exclusiveMaximum", def.value),
    multiple_of: (agg, def) => addDivisor(agg, def.value),
    number_format: formatContributor(NUMBER_FORMAT_RANGES),
    bigint_format: formatContributor(BIGINT_FORMAT_RANGES),
    min_length: minContributor,
    max_length: maxContributor,
    length_equals: (agg, def) => narrowBoth(agg, def.length),
    min_size: minContributor,
    max_size: maxContributor,
    size_equals: (agg, def) => narrowBoth(agg, def.size),
    string_format: (agg, def) => {
        setFormat(agg, def.format);
        if (def.pattern)
            addPattern(agg, def.pattern);
        if (def.format === "base64" || def.format === "base64url")
            agg.contentEncoding = def.format;
        if (def.local || def.precision === -1)
            agg.laxFormat = true;
    },
    mime_type: (agg, def) => intersectMime(agg, def.mime),
};
function aggregateChecks(schema) {
    const agg = {};
    const def = schema._zod.def;
    // a format schema is its own first check, same rule as $ZodType init
    const list = schema._zod.traits.has("$ZodCheck")
        ? [schema, ...(def.checks ?? [])]
        : (def.checks ?? []);
    for (const ch of list)
        contributors[ch._zod.def.check]?.(agg, ch._zod.def);
    // reconcile with the bag so third-party onattach contributions still land; first-party residue is never tighter than the fold, so merging it back is idempotent for one and additive for the other
    const bag = schema._zod.bag;
    if (bag.minimum !== undefined)
        narrowMin(agg, "minimum", bag.minimum);
    if (bag.exclusiveMinimum !== undefined)
        narrowMin(agg, "exclusiveMinimum", bag.exclusiveMinimum);
    if (bag.maximum !== undefined)
        narrowMax(agg, "maximum", bag.maximum);
    if (bag.exclusiveMaximum !== undefined)
        narrowMax(agg, "exclusiveMaximum", bag.exclusiveMaximum);
    if (bag.multipleOf !== undefined)
        addDivisor(agg, bag.multipleOf);
    if (bag.format !== undefined) {
        agg.format ?? (agg.format = bag.format);
        if (bag.format.includes("int"))
            agg.isInt = true;
    }
    if (bag.mime)
        intersectMime(agg, bag.mime);
    for (const pattern of bag.patterns ?? [])
        addPattern(agg, pattern);
    return agg;
}
const formatMap = {
    guid: "uuid",
    url: "uri",
    datetime: "date-time",
    json_string: "json-string",
    regex: "", // do not set
};
// ==================== SIMPLE TYPE PROCESSORS ====================
// the runtime patterns are lax so parse paths never overflow the regex stack; the emitted schema swaps in the exact block forms, which zod itself never executes
const exactPatterns = new Map([
    [base64Charset, base64],
    [base64urlCharset, base64url],
]);
const exactPattern = (p) => exactPatterns.get(p) ?? p;
const stringProcessor = (schema, ctx, _json, _params) => {
    const json = _json;
    json.type = "string";
    const { minimum, maximum, format, patterns, contentEncoding, laxFormat } = aggregateChecks(schema);
    if (typeof minimum === "number")
        json.minLength = minimum;
    if (typeof maximum === "number")
        json.maxLength = maximum;
    // custom pattern overrides format
    if (format) {
        json.format = formatMap[format] ?? format;
        if (json.format === "")
            delete json.format; // empty format is not valid
        // `z.iso.time()` is never full-time, and `laxFormat` carries the datetime shapes that also accept what their keyword forbids
        if (format === "time" || laxFormat) {
            delete json.format;
        }
    }
    if (contentEncoding)
        json.contentEncoding = contentEncoding;
    if (patterns && patterns.size > 0) {
        const patternList = [...patterns].map(exactPattern);
        if (patternList.length === 1)
            json.pattern = patternList[0].source;
        else if (patternList.length > 1) {
            json.allOf = [
                ...patternList.map((regex) => ({
                    ...(ctx.target === "draft-07" || ctx.target === "draft-04" || ctx.target === "openapi-3.0"
                        ? { type: "string" }
                        : {}),
                    pattern: regex.source,
                })),
            ];
        }
    }
};
const numberProcessor = (schema, ctx, _json, params) => {
    const json = _json;
    const { minimum, maximum, multipleOf, exclusiveMaximum, exclusiveMinimum, isInt } = aggregateChecks(schema);
    json.type = isInt ? "integer" : "number";
    // when both minimum and exclusiveMinimum exist, pick the more restrictive one
    const exMin = typeof exclusiveMinimum === "number" && exclusiveMinimum >= (minimum ?? Number.NEGATIVE_INFINITY);
    const exMax = typeof exclusiveMaximum === "number" && exclusiveMaximum <= (maximum ?? Number.POSITIVE_INFINITY);
    const legacy = ctx.target === "draft-04" || ctx.target === "openapi-3.0";
    if (exMin) {
        if (legacy) {
            json.minimum = exclusiveMinimum;
            json.exclusiveMinimum = true;
        }
        else {
            json.exclusiveMinimum = exclusiveMinimum;
        }
    }
    else if (typeof minimum === "number") {
        json.minimum = minimum;
    }
    if (exMax) {
        if (legacy) {
            json.maximum = exclusiveMaximum;
            json.exclusiveMaximum = true;
        }
        else {
            json.exclusiveMaximum = exclusiveMaximum;
        }
    }
    else if (typeof maximum === "number") {
        json.maximum = maximum;
    }
    if (multipleOf) {
        // JSON Schema requires a divisor strictly greater than zero, and a non-finite one does not survive JSON at all. A negative divisor accepts exactly what its absolute value accepts, so it still maps; zero, NaN and Infinity have no keyword form.
        const divisors = new Set();
        for (const divisor of multipleOf) {
            if (Number.isFinite(divisor) && divisor !== 0)
                divisors.add(Math.abs(divisor));
            else
                handleUnrepresentable(schema, ctx, json, params, `A multipleOf divisor of ${divisor} cannot be represented in JSON Schema`);
        }
        // chained divisors are a conjunction the keyword cannot carry alone, so extras ride an allOf, same as stacked patterns
        const [first, ...rest] = divisors;
        if (first !== undefined)
            json.multipleOf = first;
        if (rest.length)
            json.allOf = [...(json.allOf ?? []), ...rest.map((m) => ({ multipleOf: m }))];
    }
};
const booleanProcessor = (_schema, _ctx, json, _params) => {
    json.type = "boolean";
};
const bigintProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "BigInt cannot be represented in JSON Schema");
};
const symbolProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Symbols cannot be represented in JSON Schema");
};
const nullProcessor = (_schema, ctx, json, _params) => {
    if (ctx.target === "openapi-3.0") {
        json.type = "string";
        json.nullable = true;
        json.enum = [null];
    }
    else {
        json.type = "null";
    }
};
const undefinedProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Undefined cannot be represented in JSON Schema");
};
const voidProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Void cannot be represented in JSON Schema");
};
const neverProcessor = (_schema, _ctx, json, _params) => {
    json.not = {};
};
const anyProcessor = (_schema, _ctx, _json, _params) => {
    // empty schema accepts anything
};
const unknownProcessor = (_schema, _ctx, _json, _params) => {
    // empty schema accepts anything
};
const dateProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Date cannot be represented in JSON Schema");
};
const enumProcessor = (schema, _ctx, json, _params) => {
    const def = schema._zod.def;
    const values = getEnumValues(def.entries);
    // an empty enum accepts nothing, same as z.never()
    if (values.length === 0) {
        json.not = {};
        return;
    }
    // Number enums can have both string and number values
    if (values.every((v) => typeof v === "number"))
        json.type = "number";
    if (values.every((v) => typeof v === "string"))
        json.type = "string";
    json.enum = values;
};
const literalProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    // a literal with no values accepts nothing, same as z.never()
    if (def.values.length === 0) {
        json.not = {};
        return;
    }
    const vals = [];
    for (const val of def.values) {
        if (val === undefined) {
            // a custom schema replaces the whole literal, so there is nothing left to accumulate
            if (handleUnrepresentable(schema, ctx, json, params, "Literal `undefined` cannot be represented in JSON Schema"))
                return;
            // otherwise do not add to vals
        }
        else if (typeof val === "bigint") {
            if (handleUnrepresentable(schema, ctx, json, params, "BigInt literals cannot be represented in JSON Schema"))
                return;
            vals.push(Number(val));
        }
        else {
            vals.push(val);
        }
    }
    if (vals.length === 0) {
        // do nothing (an undefined literal was stripped)
    }
    else if (vals.length === 1) {
        const val = vals[0];
        json.type = val === null ? "null" : typeof val;
        if (ctx.target === "draft-04" || ctx.target === "openapi-3.0") {
            json.enum = [val];
        }
        else {
            json.const = val;
        }
    }
    else {
        if (vals.every((v) => typeof v === "number"))
            json.type = "number";
        if (vals.every((v) => typeof v === "string"))
            json.type = "string";
        if (vals.every((v) => typeof v === "boolean"))
            json.type = "boolean";
        if (vals.every((v) => v === null))
            json.type = "null";
        json.enum = vals;
    }
};
const nanProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "NaN cannot be represented in JSON Schema");
};
const templateLiteralProcessor = (schema, _ctx, json, _params) => {
    const _json = json;
    const pattern = schema._zod.pattern;
    if (!pattern)
        throw new Error("Pattern not found in template literal");
    _json.type = "string";
    _json.pattern = pattern.source;
};
const fileProcessor = (schema, _ctx, json, _params) => {
    const _json = json;
    _json.type = "string";
    _json.format = "binary";
    _json.contentEncoding = "binary";
    const { minimum, maximum, mime } = aggregateChecks(schema);
    if (minimum !== undefined)
        _json.minLength = minimum;
    if (maximum !== undefined)
        _json.maxLength = maximum;
    if (!mime)
        return;
    // an empty intersection means the mime checks share no value, so nothing passes at runtime; `anyOf` must be non-empty, so the false schema is `not: {}`
    if (mime.length === 0)
        _json.not = {};
    else if (mime.length === 1)
        _json.contentMediaType = mime[0];
    // only contentMediaType differs, so the shared props stay at the root
    else
        _json.anyOf = mime.map((m) => ({ contentMediaType: m }));
};
const successProcessor = (_schema, _ctx, json, _params) => {
    json.type = "boolean";
};
const customProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Custom types cannot be represented in JSON Schema");
};
const functionProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Function types cannot be represented in JSON Schema");
};
const transformProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Transforms cannot be represented in JSON Schema");
};
const mapProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Map cannot be represented in JSON Schema");
};
const setProcessor = (schema, ctx, json, params) => {
    handleUnrepresentable(schema, ctx, json, params, "Set cannot be represented in JSON Schema");
};
// ==================== COMPOSITE TYPE PROCESSORS ====================
const arrayProcessor = (schema, ctx, _json, params) => {
    const json = _json;
    const def = schema._zod.def;
    const { minimum, maximum } = aggregateChecks(schema);
    if (typeof minimum === "number")
        json.minItems = minimum;
    if (typeof maximum === "number")
        json.maxItems = maximum;
    json.type = "array";
    json.items = to_json_schema_processSchema(def.element, ctx, {
        ...params,
        path: [...params.path, "items"],
    });
};
// Transform and catch set `optin = "optional"` at runtime so the parser lets them observe an
// absent key, but their declared input type stays required. An input JSON Schema describes the
// declared type, so resolve past them to the schema that actually carries the optionality.
// Used by both `objectProcessor` (for `required`) and `tupleProcessor` (for `minItems`); see
// wiki/optionality.md, "The JSON Schema emitter reads the *static* value".
function inputOptin(schema) {
    const def = schema._zod.def;
    if (def.type === "pipe" && def.in._zod.traits.has("$ZodTransform")) {
        return inputOptin(def.out);
    }
    if (def.type === "catch") {
        return inputOptin(def.innerType);
    }
    return schema._zod.optin;
}
const objectProcessor = (schema, ctx, _json, params) => {
    const json = _json;
    const def = schema._zod.def;
    const shape = def.shape;
    // dropping it while still emitting `additionalProperties: false` would emit a schema that rejects data this one requires
    const symbolKeys = Object.getOwnPropertySymbols(shape);
    if (symbolKeys.length &&
        handleUnrepresentable(schema, ctx, json, params, "Symbol keys cannot be represented in JSON Schema")) {
        return;
    }
    json.type = "object";
    json.properties = {};
    for (const key in shape) {
        // assignProp so a __proto__ key becomes an own property instead of hitting the inherited setter on the plain {} we build into
        util_assignProp(json.properties, key, to_json_schema_processSchema(shape[key], ctx, {
            ...params,
            path: [...params.path, "properties", key],
        }));
    }
    // required keys
    const requiredKeys = [];
    for (const key of Object.keys(shape)) {
        const field = def.shape[key];
        if (ctx.io === "input" ? inputOptin(field) === undefined : field._zod.optout === undefined) {
            requiredKeys.push(key);
        }
    }
    if (requiredKeys.length > 0) {
        json.required = requiredKeys;
    }
    // catchall
    if (def.catchall?._zod.def.type === "never") {
        // strict
        json.additionalProperties = false;
    }
    else if (!def.catchall) {
        // regular
        if (ctx.io === "output")
            json.additionalProperties = false;
    }
    else if (def.catchall) {
        json.additionalProperties = to_json_schema_processSchema(def.catchall, ctx, {
            ...params,
            path: [...params.path, "additionalProperties"],
        });
    }
};
const unionProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    // Exclusive unions (inclusive === false) use oneOf (exactly one match) instead of anyOf (one or more matches). This includes both z.xor() and discriminated unions
    const isExclusive = def.inclusive === false;
    const options = def.options.map((x, i) => to_json_schema_processSchema(x, ctx, {
        ...params,
        path: [...params.path, isExclusive ? "oneOf" : "anyOf", i],
    }));
    if (isExclusive) {
        json.oneOf = options;
    }
    else {
        json.anyOf = options;
    }
};
const intersectionProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    const a = to_json_schema_processSchema(def.left, ctx, {
        ...params,
        path: [...params.path, "allOf", 0],
    });
    const b = to_json_schema_processSchema(def.right, ctx, {
        ...params,
        path: [...params.path, "allOf", 1],
    });
    const isSimpleIntersection = (val) => "allOf" in val && Object.keys(val).length === 1;
    const allOf = [
        ...(isSimpleIntersection(a) ? a.allOf : [a]),
        ...(isSimpleIntersection(b) ? b.allOf : [b]),
    ];
    json.allOf = allOf;
    // Recorded innermost first, so a nested intersection has already folded by the time this one is considered. The array is the handle rather than the schema, because a wrapper that inherits this schema shares the same array; `finalize` folds every object holding it. See `foldIntersection`.
    ctx.intersections.push(allOf);
};
const tupleProcessor = (schema, ctx, _json, params) => {
    const json = _json;
    const def = schema._zod.def;
    json.type = "array";
    const prefixPath = ctx.target === "draft-2020-12" ? "prefixItems" : "items";
    const restPath = ctx.target === "draft-2020-12" ? "items" : ctx.target === "openapi-3.0" ? "items" : "additionalItems";
    const prefixItems = def.items.map((x, i) => to_json_schema_processSchema(x, ctx, {
        ...params,
        path: [...params.path, prefixPath, i],
    }));
    const rest = def.rest
        ? to_json_schema_processSchema(def.rest, ctx, {
            ...params,
            path: [...params.path, restPath, ...(ctx.target === "openapi-3.0" ? [def.items.length] : [])],
        })
        : null;
    let minItems = def.items.length;
    while (minItems > 0) {
        const item = def.items[minItems - 1];
        const optional = ctx.io === "input" ? inputOptin(item) !== undefined : item._zod.optout === "optional";
        if (!optional)
            break;
        minItems--;
    }
    const maxItems = def.items.length;
    const isClosed = !def.rest;
    if (ctx.target === "draft-2020-12") {
        json.prefixItems = prefixItems;
        if (isClosed) {
            json.items = false;
        }
        else if (rest) {
            json.items = rest;
        }
        if (minItems > 0)
            json.minItems = minItems;
        if (isClosed)
            json.maxItems = maxItems;
    }
    else if (ctx.target === "openapi-3.0") {
        json.items = {
            anyOf: prefixItems,
        };
        if (rest) {
            json.items.anyOf.push(rest);
        }
        if (minItems > 0)
            json.minItems = minItems;
        if (isClosed)
            json.maxItems = maxItems;
    }
    else {
        json.items = prefixItems;
        if (isClosed) {
            json.additionalItems = false;
        }
        else if (rest) {
            json.additionalItems = rest;
        }
        if (minItems > 0)
            json.minItems = minItems;
        if (isClosed)
            json.maxItems = maxItems;
    }
    // explicit user-defined length checks take precedence
    const { minimum, maximum } = aggregateChecks(schema);
    if (typeof minimum === "number")
        json.minItems = minimum;
    if (typeof maximum === "number")
        json.maxItems = maximum;
};
/** JSON object keys are always strings, so a numeric record key schema is re-expressed over the
 * numeric-string form the record parser matches. Deferred to `finalize`, after the flatten: a key
 * behind a wrapper only carries its own `type` before then, and a union key only has its branches.
 *
 * A numeric bound cannot apply to a property name, so `minimum` and its siblings are dropped rather
 * than carried over: keeping them beside `type: "string"` reproduces the match-nothing schema this
 * exists to fix. A key that carries one therefore emits wider than the record parses — `z.record(z.number().min(5), V)`
 * accepts `"3"` — which is the deliberate trade, since throwing on it would reject an ordinary schema
 * outright. */
function stringifyKeyNames(bySchema, json, visited) {
    // an extracted key that rewrites cannot go on sharing its definition — the string form a key position needs is not the number form every other reference wants — so it inlines. One that does not rewrite keeps the `$ref`.
    if (json.$ref) {
        // a recursive key holds its own reference inside its definition, so a node already on the path is left alone rather than resolved again
        if (visited.has(json))
            return json;
        visited.add(json);
        const def = bySchema.get(json)?.def;
        if (!def)
            return json;
        const inlined = stringifyKeyNames(bySchema, def, visited);
        return inlined === def ? json : inlined;
    }
    for (const keyword of ["anyOf", "oneOf"]) {
        const branches = json[keyword];
        if (!Array.isArray(branches))
            continue;
        const mapped = branches.map((branch) => stringifyKeyNames(bySchema, branch, visited));
        // rebuilding regardless would detach a key that had nothing to re-express, dropping its `$ref` and leaking the internal `id`
        if (mapped.some((branch, i) => branch !== branches[i]))
            json = { ...json, [keyword]: mapped };
    }
    // a member that already admits a string leaves the key unconstrained, so the node's own type re-expresses only when every member is numeric
    const types = Array.isArray(json.type) ? json.type : [json.type];
    const numericType = !types.includes("string") && types.some((t) => t === "number" || t === "integer");
    // a heterogeneous key carries no type at all, so its numeric members are caught here instead
    const values = json.enum ?? (json.const !== undefined ? [json.const] : undefined);
    if (!numericType && !values?.some((v) => typeof v === "number"))
        return json;
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, format, id, ...rest } = json;
    if (rest.enum)
        rest.enum = rest.enum.map((v) => (typeof v === "number" ? String(v) : v));
    else if (typeof rest.const === "number")
        rest.const = String(rest.const);
    // a heterogeneous key keeps its absent type: the stringified members already say what a key may be
    if (!numericType)
        return rest;
    rest.type = "string";
    if (!values)
        rest.pattern = (types.includes("number") ? number : integer).source;
    return rest;
}
/** Every record of one conversion, so the carriers are found in a single pass rather than once per record. */
const pendingRecords = new WeakMap();
function rewriteKeyNames(ctx) {
    // an extracted key is resolved by the object `extractToDef` left in its place, so the map is built once rather than searched per reference. `_zod.toJSONSchema` can hand the same object to two schemas, so the first entry carrying a body wins, as a search would have found it.
    const bySchema = new Map();
    for (const entry of ctx.seen.values()) {
        if (entry.def && !bySchema.has(entry.schema))
            bySchema.set(entry.schema, entry);
    }
    const rewrites = new Map();
    for (const record of pendingRecords.get(ctx) ?? []) {
        const seen = ctx.seen.get(record);
        const names = (seen?.def ?? seen?.schema)?.propertyNames;
        if (!names || names === true || rewrites.has(names))
            continue;
        const rewritten = stringifyKeyNames(bySchema, names, new Set());
        if (rewritten !== names)
            rewrites.set(names, rewritten);
    }
    if (!rewrites.size)
        return;
    // the flatten has already copied each record's own properties onto every wrapper by reference, and an extracted body is another such copy, so every carrier holding a rewritten key is updated together
    for (const entry of ctx.seen.values()) {
        for (const carrier of [entry.schema, entry.def]) {
            const rewritten = carrier && rewrites.get(carrier.propertyNames);
            if (rewritten)
                carrier.propertyNames = rewritten;
        }
    }
}
const recordProcessor = (schema, ctx, _json, params) => {
    const json = _json;
    const def = schema._zod.def;
    json.type = "object";
    // For looseRecord with regex patterns, use patternProperties. This correctly represents "only validate keys matching the pattern" semantics and composes well with allOf (intersections)
    const keyType = def.keyType;
    const patterns = aggregateChecks(keyType).patterns;
    if (def.mode === "loose" && patterns && patterns.size > 0) {
        // Use patternProperties for looseRecord with regex patterns
        const valueSchema = to_json_schema_processSchema(def.valueType, ctx, {
            ...params,
            path: [...params.path, "patternProperties", "*"],
        });
        json.patternProperties = {};
        for (const pattern of patterns) {
            util_assignProp(json.patternProperties, exactPattern(pattern).source, valueSchema);
        }
    }
    else {
        // Default behavior: use propertyNames + additionalProperties
        if (ctx.target === "draft-07" || ctx.target === "draft-2020-12") {
            json.propertyNames = to_json_schema_processSchema(def.keyType, ctx, {
                ...params,
                path: [...params.path, "propertyNames"],
            });
            let pending = pendingRecords.get(ctx);
            if (!pending) {
                pending = [];
                pendingRecords.set(ctx, pending);
                ctx.deferred.push(() => rewriteKeyNames(ctx));
            }
            pending.push(schema);
        }
        json.additionalProperties = to_json_schema_processSchema(def.valueType, ctx, {
            ...params,
            path: [...params.path, "additionalProperties"],
        });
    }
    // Add required for keys with discrete values (enum, literal, etc.)
    const keyValues = keyType._zod.values;
    // Every key shares one value schema, so an optional-in value makes the whole key set omittable on input. Output keeps them: the exhaustive branch assigns every key, even one whose value came back undefined.
    const omittableOnInput = ctx.io === "input" && inputOptin(def.valueType) !== undefined;
    if (keyValues && !def.partial && !omittableOnInput) {
        const validKeyValues = [...keyValues].filter((v) => typeof v === "string" || typeof v === "number");
        if (validKeyValues.length > 0) {
            json.required = validKeyValues.map(String);
        }
    }
};
const nullableProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    const inner = to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    if (ctx.target === "openapi-3.0") {
        seen.ref = def.innerType;
        json.nullable = true;
    }
    else {
        json.anyOf = [inner, { type: "null" }];
    }
};
const nonoptionalProcessor = (schema, ctx, _json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
};
/** Round-trips a default value through JSON so the emitted schema is guaranteed to be valid JSON.
 * A BigInt has no reliable encoding, so it goes through `unrepresentable` like any other
 * unrepresentable value. Returns a sentinel when the caller must not write a default of its own. */
const UNREPRESENTABLE_DEFAULT = Symbol();
function serializeDefaultValue(value, schema, ctx, json, params) {
    let unrepresentable = false;
    const serialized = JSON.stringify(value, (_, val) => {
        if (typeof val !== "bigint")
            return val;
        unrepresentable = true;
        return null;
    });
    if (!unrepresentable)
        return JSON.parse(serialized);
    handleUnrepresentable(schema, ctx, json, params, "BigInt defaults cannot be represented in JSON Schema");
    return UNREPRESENTABLE_DEFAULT;
}
const defaultProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
    const value = serializeDefaultValue(def.defaultValue, schema, ctx, json, params);
    if (value !== UNREPRESENTABLE_DEFAULT)
        json.default = value;
};
const prefaultProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
    if (ctx.io !== "input")
        return;
    const value = serializeDefaultValue(def.defaultValue, schema, ctx, json, params);
    if (value !== UNREPRESENTABLE_DEFAULT)
        json._prefault = value;
};
const catchProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
    let catchValue;
    try {
        catchValue = def.catchValue(undefined);
    }
    catch {
        handleUnrepresentable(schema, ctx, json, params, "Dynamic catch values are not supported in JSON Schema");
        return;
    }
    json.default = catchValue;
};
const pipeProcessor = (schema, ctx, _json, params) => {
    const def = schema._zod.def;
    const inIsTransform = def.in._zod.traits.has("$ZodTransform");
    const innerType = ctx.io === "input" ? (inIsTransform ? def.out : def.in) : def.out;
    to_json_schema_processSchema(innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = innerType;
};
const readonlyProcessor = (schema, ctx, json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
    json.readOnly = true;
};
const promiseProcessor = (schema, ctx, _json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
};
const optionalProcessor = (schema, ctx, _json, params) => {
    const def = schema._zod.def;
    to_json_schema_processSchema(def.innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = def.innerType;
};
const lazyProcessor = (schema, ctx, _json, params) => {
    const innerType = schema._zod.innerType;
    to_json_schema_processSchema(innerType, ctx, params);
    const seen = ctx.seen.get(schema);
    seen.ref = innerType;
};
// ==================== ALL PROCESSORS ====================
const allProcessors = {
    string: stringProcessor,
    number: numberProcessor,
    boolean: booleanProcessor,
    bigint: bigintProcessor,
    symbol: symbolProcessor,
    null: nullProcessor,
    undefined: undefinedProcessor,
    void: voidProcessor,
    never: neverProcessor,
    any: anyProcessor,
    unknown: unknownProcessor,
    date: dateProcessor,
    enum: enumProcessor,
    literal: literalProcessor,
    nan: nanProcessor,
    template_literal: templateLiteralProcessor,
    file: fileProcessor,
    success: successProcessor,
    custom: customProcessor,
    function: functionProcessor,
    transform: transformProcessor,
    map: mapProcessor,
    set: setProcessor,
    array: arrayProcessor,
    object: objectProcessor,
    union: unionProcessor,
    intersection: intersectionProcessor,
    tuple: tupleProcessor,
    record: recordProcessor,
    nullable: nullableProcessor,
    nonoptional: nonoptionalProcessor,
    default: defaultProcessor,
    prefault: prefaultProcessor,
    catch: catchProcessor,
    pipe: pipeProcessor,
    readonly: readonlyProcessor,
    promise: promiseProcessor,
    optional: optionalProcessor,
    lazy: lazyProcessor,
};
function toJSONSchema(input, params) {
    if ("_idmap" in input) {
        // Registry case
        const registry = input;
        const ctx = initializeContext({ ...params, processors: allProcessors });
        const defs = {};
        // First pass: process all schemas to build the seen map
        for (const entry of registry._idmap.entries()) {
            const [_, schema] = entry;
            processSchema(schema, ctx);
        }
        const schemas = {};
        const external = {
            registry,
            uri: params?.uri,
            defs,
        };
        // Update the context with external configuration
        ctx.external = external;
        // Second pass: emit each schema
        for (const entry of registry._idmap.entries()) {
            const [key, schema] = entry;
            extractDefs(ctx, schema);
            assignProp(schemas, key, finalize(ctx, schema));
        }
        if (Object.keys(defs).length > 0) {
            const defsSegment = ctx.target === "draft-2020-12" ? "$defs" : "definitions";
            schemas.__shared = {
                [defsSegment]: defs,
            };
        }
        return { schemas };
    }
    // Single schema case
    const ctx = initializeContext({ ...params, processors: allProcessors });
    processSchema(input, ctx);
    extractDefs(ctx, input);
    return finalize(ctx, input);
}

;// CONCATENATED MODULE: ./node_modules/zod/v4/locales/en.js

const error = () => {
    const Sizable = {
        string: { unit: "characters", verb: "to have" },
        file: { unit: "bytes", verb: "to have" },
        array: { unit: "items", verb: "to have" },
        set: { unit: "items", verb: "to have" },
        map: { unit: "entries", verb: "to have" },
    };
    function getSizing(origin) {
        return Sizable[origin] ?? null;
    }
    const FormatDictionary = {
        regex: "input",
        email: "email address",
        url: "URL",
        emoji: "emoji",
        uuid: "UUID",
        uuidv4: "UUIDv4",
        uuidv6: "UUIDv6",
        nanoid: "nanoid",
        guid: "GUID",
        cuid: "cuid",
        cuid2: "cuid2",
        ulid: "ULID",
        xid: "XID",
        ksuid: "KSUID",
        datetime: "ISO datetime",
        date: "ISO date",
        time: "ISO time",
        duration: "ISO duration",
        ipv4: "IPv4 address",
        ipv6: "IPv6 address",
        mac: "MAC address",
        cidrv4: "IPv4 range",
        cidrv6: "IPv6 range",
        base64: "base64-encoded string",
        base64url: "base64url-encoded string",
        json_string: "JSON string",
        e164: "E.164 number",
        currency_code: "currency code",
        credit_card: "credit card number",
        iban: "IBAN",
        jwt: "JWT",
        template_literal: "input",
    };
    // type names: missing keys = do not translate (use raw value via ?? fallback)
    const TypeDictionary = {
        // Compatibility: "nan" -> "NaN" for display
        nan: "NaN",
        // All other type names omitted - they fall back to raw values via ?? operator
    };
    function getTypeName(type, input) {
        if (type === "number" && typeof input === "number" && !Number.isFinite(input)) {
            return String(input);
        }
        return TypeDictionary[type] ?? type;
    }
    return (issue) => {
        switch (issue.code) {
            case "invalid_type": {
                const expected = getTypeName(issue.expected);
                const receivedType = parsedType(issue.input);
                const received = getTypeName(receivedType, issue.input);
                return `Invalid input: expected ${expected}, received ${received}`;
            }
            case "invalid_value":
                if (issue.values.length === 1)
                    return `Invalid input: expected ${stringifyPrimitive(issue.values[0])}`;
                return `Invalid option: expected one of ${joinValues(issue.values, "|")}`;
            case "too_big": {
                const adj = issue.exact ? "exactly " : issue.inclusive ? "<=" : "<";
                const sizing = getSizing(issue.origin);
                if (sizing)
                    return `Too big: expected ${issue.origin ?? "value"} to have ${adj}${issue.maximum.toString()} ${sizing.unit ?? "elements"}`;
                return `Too big: expected ${issue.origin ?? "value"} to be ${adj}${issue.maximum.toString()}`;
            }
            case "too_small": {
                const adj = issue.exact ? "exactly " : issue.inclusive ? ">=" : ">";
                const sizing = getSizing(issue.origin);
                if (sizing) {
                    return `Too small: expected ${issue.origin} to have ${adj}${issue.minimum.toString()} ${sizing.unit}`;
                }
                return `Too small: expected ${issue.origin} to be ${adj}${issue.minimum.toString()}`;
            }
            case "invalid_format": {
                const _issue = issue;
                if (_issue.format === "starts_with") {
                    return `Invalid string: must start with "${_issue.prefix}"`;
                }
                if (_issue.format === "ends_with")
                    return `Invalid string: must end with "${_issue.suffix}"`;
                if (_issue.format === "includes")
                    return `Invalid string: must include "${_issue.includes}"`;
                if (_issue.format === "regex")
                    return `Invalid string: must match pattern ${_issue.pattern}`;
                return `Invalid ${FormatDictionary[_issue.format] ?? issue.format}`;
            }
            case "not_multiple_of":
                return `Invalid number: must be a multiple of ${issue.divisor}`;
            case "unrecognized_keys":
                return `Unrecognized key${issue.keys.length > 1 ? "s" : ""}: ${joinValues(issue.keys, ", ")}`;
            case "invalid_key":
                return `Invalid key in ${issue.origin}`;
            case "invalid_union":
                if (issue.options && Array.isArray(issue.options) && issue.options.length > 0) {
                    const opts = issue.options.map((o) => `'${o}'`).join(" | ");
                    return `Invalid discriminator value. Expected ${opts}`;
                }
                if (issue.inclusive === false) {
                    return "Invalid input: more than one option matched";
                }
                return "Invalid input";
            case "invalid_element":
                return `Invalid value in ${issue.origin}`;
            default:
                return `Invalid input`;
        }
    };
};
/* harmony default export */ function en() {
    return {
        localeError: error(),
    };
}

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/errors.js


/* Computing the message eagerly is expensive (pretty-printed JSON of all
 * issues), so defer it until first read. The accessor functions and
 * descriptors are shared across instances to keep error construction
 * cheap; the computed message is cached on the internals object. The
 * setter preserves plain assignment semantics for consumers that
 * overwrite `message`. */
function _getMessage() {
    const internals = this._zod;
    internals.message ?? (internals.message = JSON.stringify(internals.def, jsonStringifyReplacer, 2));
    return internals.message;
}
function _setMessage(value) {
    this._zod.message = value;
}
const _messageDesc = {
    get: _getMessage,
    set: _setMessage,
    enumerable: true,
    configurable: true,
};
const _issuesDesc = { value: undefined, enumerable: false };
/* Prototypes that already carry the lazy `toString`. Seeded with the
 * intrinsics so that `init` on a foreign object — it accepts any object —
 * can never install an accessor onto a prototype we do not own. */
const _installedToString = /* @__PURE__ */ new WeakSet([Object.prototype, Error.prototype]);
const initializer = (inst, def) => {
    inst.name = "$ZodError";
    // `_zod` is already non-enumerable: $constructor's init defined it with this same descriptor
    _issuesDesc.value = def;
    Object.defineProperty(inst, "issues", _issuesDesc);
    // Clear the shared slot; a retained `value` pins the last error's issues.
    _issuesDesc.value = undefined;
    Object.defineProperty(inst, "message", _messageDesc);
    /* `toString` lives as a non-enumerable lazy getter on the shared
     * prototype; on first access it caches a per-instance closure so
     * detached usage still works. */
    const proto = Object.getPrototypeOf(inst);
    if (!_installedToString.has(proto)) {
        _installedToString.add(proto);
        Object.defineProperty(proto, "toString", {
            configurable: true,
            enumerable: false,
            get() {
                const value = () => this.message;
                Object.defineProperty(this, "toString", { value, configurable: true, writable: true });
                return value;
            },
            set(value) {
                Object.defineProperty(this, "toString", { value, configurable: true, writable: true });
            },
        });
    }
};
const $ZodError = $constructor("$ZodError", initializer);
const $ZodRealError = $constructor("$ZodError", initializer, undefined, {
    Parent: Error,
});
/** Get-or-create `obj[key]` as an own data property. A path segment naming an inherited member
 * ("toString", "constructor") would otherwise read through to the prototype, and assigning
 * "__proto__" would hit the setter instead of creating a key. */
function node(obj, key, make) {
    if (!Object.prototype.hasOwnProperty.call(obj, key)) {
        if (key === "__proto__") {
            Object.defineProperty(obj, key, { value: make(), writable: true, enumerable: true, configurable: true });
        }
        else {
            obj[key] = make();
        }
    }
    return obj[key];
}
function flattenError(error, mapper = (issue) => issue.message) {
    const fieldErrors = {};
    const formErrors = [];
    for (const sub of error.issues) {
        if (sub.path.length > 0) {
            node(fieldErrors, sub.path[0], () => []).push(mapper(sub));
        }
        else {
            formErrors.push(mapper(sub));
        }
    }
    return { formErrors, fieldErrors };
}
function formatError(error, mapper = (issue) => issue.message) {
    const fieldErrors = { _errors: [] };
    const processError = (error, path = []) => {
        for (const issue of error.issues) {
            if (issue.code === "invalid_union" && issue.errors.length) {
                issue.errors.map((issues) => processError({ issues }, [...path, ...issue.path]));
            }
            else if (issue.code === "invalid_key") {
                processError({ issues: issue.issues }, [...path, ...issue.path]);
            }
            else if (issue.code === "invalid_element") {
                processError({ issues: issue.issues }, [...path, ...issue.path]);
            }
            else {
                const fullpath = [...path, ...issue.path];
                if (fullpath.length === 0) {
                    fieldErrors._errors.push(mapper(issue));
                }
                else {
                    let curr = fieldErrors;
                    let i = 0;
                    while (i < fullpath.length) {
                        const el = fullpath[i];
                        const terminal = i === fullpath.length - 1;
                        // `_errors` is reserved by this legacy format, so merge a matching path segment into the current node instead of treating its array as a child.
                        if (el === "_errors") {
                            if (terminal)
                                curr._errors.push(mapper(issue));
                            i++;
                            continue;
                        }
                        // A path element may collide with an inherited property name such as
                        // "__proto__" or "constructor". Truthiness checks read the prototype
                        // (so no node is created, then ._errors.push throws), and bracket
                        // assignment of "__proto__" hits the setter instead of creating an
                        // own key. Guard the read with hasOwnProperty and create the node
                        // with defineProperty so any path element becomes a real own key.
                        if (!Object.prototype.hasOwnProperty.call(curr, el)) {
                            Object.defineProperty(curr, el, {
                                value: { _errors: [] },
                                enumerable: true,
                                writable: true,
                                configurable: true,
                            });
                        }
                        const node = curr[el];
                        if (terminal) {
                            node._errors.push(mapper(issue));
                        }
                        curr = node;
                        i++;
                    }
                }
            }
        }
    };
    processError(error);
    return fieldErrors;
}
function treeifyError(error, mapper = (issue) => issue.message) {
    const result = { errors: [] };
    const processError = (error, path = []) => {
        var _a;
        for (const issue of error.issues) {
            if (issue.code === "invalid_union" && issue.errors.length) {
                // regular union error
                issue.errors.map((issues) => processError({ issues }, [...path, ...issue.path]));
            }
            else if (issue.code === "invalid_key") {
                processError({ issues: issue.issues }, [...path, ...issue.path]);
            }
            else if (issue.code === "invalid_element") {
                processError({ issues: issue.issues }, [...path, ...issue.path]);
            }
            else {
                const fullpath = [...path, ...issue.path];
                if (fullpath.length === 0) {
                    result.errors.push(mapper(issue));
                    continue;
                }
                let curr = result;
                let i = 0;
                while (i < fullpath.length) {
                    const el = fullpath[i];
                    const terminal = i === fullpath.length - 1;
                    if (typeof el === "string") {
                        curr.properties ?? (curr.properties = {});
                        // el may collide with an inherited property name ("__proto__",
                        // "constructor", ...); ??= reads the prototype so the node is never
                        // created and curr.errors.push throws. Guard with hasOwnProperty and
                        // create the node with defineProperty so "__proto__" becomes a real
                        // own key rather than invoking the prototype setter.
                        if (!Object.prototype.hasOwnProperty.call(curr.properties, el)) {
                            Object.defineProperty(curr.properties, el, {
                                value: { errors: [] },
                                enumerable: true,
                                writable: true,
                                configurable: true,
                            });
                        }
                        curr = curr.properties[el];
                    }
                    else {
                        curr.items ?? (curr.items = []);
                        (_a = curr.items)[el] ?? (_a[el] = { errors: [] });
                        curr = curr.items[el];
                    }
                    if (terminal) {
                        curr.errors.push(mapper(issue));
                    }
                    i++;
                }
            }
        }
    };
    processError(error);
    return result;
}
/** Format a ZodError as a human-readable string in the following form.
 *
 * From
 *
 * ```ts
 * ZodError {
 *   issues: [
 *     {
 *       expected: 'string',
 *       code: 'invalid_type',
 *       path: [ 'username' ],
 *       message: 'Invalid input: expected string'
 *     },
 *     {
 *       expected: 'number',
 *       code: 'invalid_type',
 *       path: [ 'favoriteNumbers', 1 ],
 *       message: 'Invalid input: expected number'
 *     }
 *   ];
 * }
 * ```
 *
 * to
 *
 * ```
 * username
 *   ✖ Expected number, received string at "username
 * favoriteNumbers[0]
 *   ✖ Invalid input: expected number
 * ```
 */
function toDotPath(_path) {
    const segs = [];
    const path = _path.map((seg) => (typeof seg === "object" ? seg.key : seg));
    for (const seg of path) {
        if (typeof seg === "number")
            segs.push(`[${seg}]`);
        else if (typeof seg === "symbol")
            segs.push(`[${JSON.stringify(String(seg))}]`);
        else if (/[^\w$]/.test(seg))
            segs.push(`[${JSON.stringify(seg)}]`);
        else {
            if (segs.length)
                segs.push(".");
            segs.push(seg);
        }
    }
    return segs.join("");
}
function prettifyError(error) {
    const lines = [];
    // sort by path length
    const issues = [...error.issues].sort((a, b) => (a.path ?? []).length - (b.path ?? []).length);
    // Process each issue
    for (const issue of issues) {
        lines.push(`✖ ${issue.message}`);
        if (issue.path?.length)
            lines.push(`  → at ${toDotPath(issue.path)}`);
    }
    // Convert Map to formatted string
    return lines.join("\n");
}

;// CONCATENATED MODULE: ./node_modules/zod/v4/core/parse.js



// Always both keys, so the `_params` read site in `_parse` sees one object shape rather than two.
function finalizeParams(callee, params) {
    return { callee: params?.callee ?? callee, Err: params?.Err };
}
const _parse = (_Err) => {
    const fn = (schema, value, _ctx, _params) => {
        const ctx = _ctx ? { ..._ctx, async: false } : { async: false };
        const result = schema._zod.run({ value, issues: [] }, ctx);
        if (result instanceof Promise) {
            throw new $ZodAsyncError();
        }
        if (result.issues.length) {
            const e = new (_params?.Err ?? _Err)(result.issues.map((iss) => finalizeIssue(iss, ctx, config())));
            captureStackTrace(e, _params?.callee ?? fn);
            throw e;
        }
        return result.value;
    };
    return fn;
};
const parse_parse = /* @__PURE__*/ _parse($ZodRealError);
const _parseAsync = (_Err) => {
    const fn = async (schema, value, _ctx, params) => {
        const ctx = _ctx ? { ..._ctx, async: true } : { async: true };
        let result = schema._zod.run({ value, issues: [] }, ctx);
        if (result instanceof Promise)
            result = await result;
        if (result.issues.length) {
            const e = new (params?.Err ?? _Err)(result.issues.map((iss) => finalizeIssue(iss, ctx, config())));
            captureStackTrace(e, params?.callee ?? fn);
            throw e;
        }
        return result.value;
    };
    return fn;
};
const parse_parseAsync = /* @__PURE__*/ _parseAsync($ZodRealError);
const _safeParse = (_Err) => (schema, value, _ctx) => {
    const ctx = _ctx ? { ..._ctx, async: false } : { async: false };
    const result = schema._zod.run({ value, issues: [] }, ctx);
    if (result instanceof Promise) {
        throw new $ZodAsyncError();
    }
    return result.issues.length ? failure(_Err, result.issues, ctx) : { success: true, data: result.value };
};
const safeParse = /* @__PURE__*/ _safeParse($ZodRealError);
// the error is built on the first read of `error`: finalizing the issues and constructing the instance is most of a failing parse, and a caller that only branches on `success` never pays it. a getter in the literal keeps this small; the alternative, one shared accessor descriptor plus a hidden state slot, reads ~15% faster but costs ~75 B gzipped in every bundle
function failure(Err, issues, ctx) {
    let error;
    return {
        success: false,
        get error() {
            if (!error) {
                error = new Err(issues.map((iss) => finalizeIssue(iss, ctx, config())));
                // finalizeIssue drops `input`, so the built error holds nothing; keeping the raw issues past this point pins the parsed value for the life of the result
                issues = undefined;
                ctx = undefined;
            }
            return error;
        },
        set error(e) {
            error = e;
            // a replacement makes the getter's branch unreachable, so the captures have to go here too
            issues = undefined;
            ctx = undefined;
        },
    };
}
const _safeParseAsync = (_Err) => async (schema, value, _ctx) => {
    const ctx = _ctx ? { ..._ctx, async: true } : { async: true };
    let result = schema._zod.run({ value, issues: [] }, ctx);
    if (result instanceof Promise)
        result = await result;
    return result.issues.length ? failure(_Err, result.issues, ctx) : { success: true, data: result.value };
};
const safeParseAsync = /* @__PURE__*/ _safeParseAsync($ZodRealError);
// registry mirrors of the compiler's sentinels, so this module never imports the compiler
const COMPILE_INVALID = /* @__PURE__ */ Symbol.for("zod.compile.invalid");
const COMPILE_FALLBACK = /* @__PURE__ */ Symbol.for("zod.compile.fallback");
// Deliberately tiny, because v8 will not inline a body carrying the fallback's object literals and throw. Everything that is not the compiled happy path lives in validateFallback, and that split is worth ~35% on a compiled schema.
const validate = ((schema, value, _ctx) => {
    const validator = schema._zod.bag.validator;
    if (validator !== undefined) {
        if (validator(value) !== COMPILE_INVALID)
            return true;
        // a definite sentinel means the runtime would reject, so skip the re-parse; a ctx can still change the answer
        if (validator.definite === true && _ctx === undefined)
            return false;
    }
    return validateFallback(schema, value, _ctx);
});
function validateFallback(schema, value, _ctx) {
    const ctx = _ctx
        ? { ..._ctx, async: false, abortEarly: true }
        : { async: false, abortEarly: true };
    const fallbackRun = schema._zod.bag.fallbackRun;
    let result;
    if (fallbackRun) {
        // skip nested fast paths on the fallback, so user callbacks keep the at-most-twice bound
        ctx[COMPILE_FALLBACK] = true;
        result = fallbackRun({ value, issues: [] }, ctx);
    }
    else {
        result = schema._zod.run({ value, issues: [] }, ctx);
    }
    if (result instanceof Promise) {
        throw new $ZodAsyncError();
    }
    return result.issues.length === 0;
}
// no fast path: the compiler keeps async parses on the runtime, because a promise-returning callback that is not declared async compiles to a throw
const parse_validateAsync = async (schema, value, _ctx) => {
    const ctx = _ctx
        ? { ..._ctx, async: true, abortEarly: true }
        : { async: true, abortEarly: true };
    let result = schema._zod.run({ value, issues: [] }, ctx);
    if (result instanceof Promise)
        result = await result;
    return result.issues.length === 0;
};
const _encode = (_Err) => {
    const parse = _parse(_Err);
    const fn = (schema, value, _ctx, _params) => {
        const ctx = _ctx ? { ..._ctx, direction: "backward" } : { direction: "backward" };
        return parse(schema, value, ctx, finalizeParams(fn, _params));
    };
    return fn;
};
const encode = /* @__PURE__*/ _encode($ZodRealError);
const _decode = (_Err) => {
    const parse = _parse(_Err);
    const fn = (schema, value, _ctx, _params) => {
        return parse(schema, value, _ctx, finalizeParams(fn, _params));
    };
    return fn;
};
const decode = /* @__PURE__*/ _decode($ZodRealError);
const _encodeAsync = (_Err) => {
    const parseAsync = _parseAsync(_Err);
    const fn = async (schema, value, _ctx, _params) => {
        const ctx = _ctx ? { ..._ctx, direction: "backward" } : { direction: "backward" };
        return (await parseAsync(schema, value, ctx, finalizeParams(fn, _params)));
    };
    return fn;
};
const encodeAsync = /* @__PURE__*/ _encodeAsync($ZodRealError);
const _decodeAsync = (_Err) => {
    const parseAsync = _parseAsync(_Err);
    const fn = async (schema, value, _ctx, _params) => {
        return await parseAsync(schema, value, _ctx, finalizeParams(fn, _params));
    };
    return fn;
};
const decodeAsync = /* @__PURE__*/ _decodeAsync($ZodRealError);
const _safeEncode = (_Err) => (schema, value, _ctx) => {
    const ctx = _ctx ? { ..._ctx, direction: "backward" } : { direction: "backward" };
    return _safeParse(_Err)(schema, value, ctx);
};
const safeEncode = /* @__PURE__*/ _safeEncode($ZodRealError);
const _safeDecode = (_Err) => (schema, value, _ctx) => {
    return _safeParse(_Err)(schema, value, _ctx);
};
const safeDecode = /* @__PURE__*/ _safeDecode($ZodRealError);
const _safeEncodeAsync = (_Err) => async (schema, value, _ctx) => {
    const ctx = _ctx ? { ..._ctx, direction: "backward" } : { direction: "backward" };
    return _safeParseAsync(_Err)(schema, value, ctx);
};
const safeEncodeAsync = /* @__PURE__*/ _safeEncodeAsync($ZodRealError);
const _safeDecodeAsync = (_Err) => async (schema, value, _ctx) => {
    return _safeParseAsync(_Err)(schema, value, _ctx);
};
const safeDecodeAsync = /* @__PURE__*/ _safeDecodeAsync($ZodRealError);

;// CONCATENATED MODULE: ./node_modules/zod/v4/classic/errors.js



/* Prototypes that already carry the lazy helper methods. Seeded with the
 * intrinsics so that `init` on a foreign object — it accepts any object —
 * can never install an accessor onto a prototype we do not own. */
const _installedErrorProtos = /* @__PURE__ */ new WeakSet([Object.prototype, Error.prototype]);
/* Helper methods live as non-enumerable lazy getters on the shared
 * prototype instead of own properties on every instance. On first
 * access the getter allocates the per-instance closure and caches it
 * as a non-enumerable own property, so detached usage still works and
 * the allocation only happens for methods actually touched. */
function _lazyMethod(proto, key, make) {
    Object.defineProperty(proto, key, {
        configurable: true,
        enumerable: false,
        get() {
            const value = make(this);
            Object.defineProperty(this, key, { value, configurable: true, writable: true });
            return value;
        },
        set(value) {
            Object.defineProperty(this, key, { value, configurable: true, writable: true });
        },
    });
}
const errors_initializer = (inst, issues) => {
    $ZodError.init(inst, issues);
    inst.name = "ZodError";
    const proto = Object.getPrototypeOf(inst);
    if (_installedErrorProtos.has(proto))
        return;
    _installedErrorProtos.add(proto);
    _lazyMethod(proto, "format", (self) => (mapper) => formatError(self, mapper));
    _lazyMethod(proto, "flatten", (self) => (mapper) => flattenError(self, mapper));
    _lazyMethod(proto, "addIssue", (self) => (issue) => {
        self.issues.push(issue);
        self.message = JSON.stringify(self.issues, jsonStringifyReplacer, 2);
    });
    _lazyMethod(proto, "addIssues", (self) => (issues) => {
        self.issues.push(...issues);
        self.message = JSON.stringify(self.issues, jsonStringifyReplacer, 2);
    });
    Object.defineProperty(proto, "isEmpty", {
        configurable: true,
        enumerable: false,
        get() {
            return this.issues.length === 0;
        },
    });
};
const ZodError = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodError", errors_initializer)));
const ZodRealError = /*@__PURE__*/ $constructor("ZodError", errors_initializer, undefined, {
    Parent: Error,
});
// /** @deprecated Use `z.core.$ZodErrorMapCtx` instead. */
// export type ErrorMapCtx = core.$ZodErrorMapCtx;

;// CONCATENATED MODULE: ./node_modules/zod/v4/classic/parse.js


const classic_parse_parse = /* @__PURE__ */ _parse(ZodRealError);
const classic_parse_parseAsync = /* @__PURE__ */ _parseAsync(ZodRealError);
const parse_safeParse = /* @__PURE__ */ _safeParse(ZodRealError);
const parse_safeParseAsync = /* @__PURE__ */ _safeParseAsync(ZodRealError);

// Codec functions
const parse_encode = /* @__PURE__ */ _encode(ZodRealError);
const parse_decode = /* @__PURE__ */ _decode(ZodRealError);
const parse_encodeAsync = /* @__PURE__ */ _encodeAsync(ZodRealError);
const parse_decodeAsync = /* @__PURE__ */ _decodeAsync(ZodRealError);
const parse_safeEncode = /* @__PURE__ */ _safeEncode(ZodRealError);
const parse_safeDecode = /* @__PURE__ */ _safeDecode(ZodRealError);
const parse_safeEncodeAsync = /* @__PURE__ */ _safeEncodeAsync(ZodRealError);
const parse_safeDecodeAsync = /* @__PURE__ */ _safeDecodeAsync(ZodRealError);

;// CONCATENATED MODULE: ./node_modules/zod/v4/classic/schemas.js








// Register English as the default locale on first ZodType construction. Hooked into the `ZodType` `$constructor` (rather than a top-level `config(en())` in `external.ts`) so bundlers honoring `sideEffects: false` can't tree-shake it out — see #5953, #5725. An explicit `z.config(z.locales.xx())` call wins regardless of order, since this only sets the default when none is present.
function _ensureDefaultLocale() {
    if (!globalConfig.localeError)
        config(en());
}
// the default memoizer is read by the core container init, which runs before `ZodType.init`, so each container calls this first
function _ensureDefaultMemoizer() {
    if (!globalConfig.memoizer)
        config({ memoizer: memoizer() });
}
const ZodType = /*@__PURE__*/ $constructor("ZodType", (inst, def) => {
    _ensureDefaultLocale();
    $ZodType.init(inst, def);
    inst.def = def;
    inst.type = def.type;
    return inst;
}, {
    check(...chks) {
        const def = this.def;
        return this.clone(mergeDefs(def, {
            checks: [
                ...(def.checks ?? []),
                ...chks.map((ch) => typeof ch === "function" ? { _zod: { check: ch, def: { check: "custom" }, onattach: [] } } : ch),
            ],
        }), { parent: true });
    },
    with(...chks) {
        return this.check(...chks);
    },
    clone(def, params) {
        return clone(this, def, params);
    },
    brand() {
        return this;
    },
    register(reg, meta) {
        reg.add(this, meta);
        return this;
    },
    refine(check, params) {
        return this.check(refine(check, params));
    },
    superRefine(refinement, params) {
        return this.check(superRefine(refinement, params));
    },
    overwrite(fn) {
        return this.check(_overwrite(fn));
    },
    optional() {
        return optional(this);
    },
    exactOptional() {
        return exactOptional(this);
    },
    nullable() {
        return nullable(this);
    },
    nullish() {
        return optional(nullable(this));
    },
    nonoptional(params) {
        return nonoptional(this, params);
    },
    array() {
        return array(this);
    },
    or(arg) {
        return union([this, arg]);
    },
    and(arg) {
        return intersection(this, arg);
    },
    transform(tx) {
        return pipe(this, transform(tx));
    },
    default(d) {
        return schemas_default(this, d);
    },
    prefault(d) {
        return prefault(this, d);
    },
    catch(params) {
        return schemas_catch(this, params);
    },
    pipe(target) {
        return pipe(this, target);
    },
    readonly() {
        return readonly(this);
    },
    describe(description) {
        const cl = this.clone();
        globalRegistry.add(cl, { description });
        return cl;
    },
    meta(...args) {
        // overloaded: meta() returns the registered metadata, meta(data) returns a clone with `data` registered. The mapped type picks up the second overload, so we accept variadic any-args and return `any` to satisfy both at runtime.
        if (args.length === 0)
            return globalRegistry.get(this);
        const cl = this.clone();
        globalRegistry.add(cl, args[0]);
        return cl;
    },
    isOptional() {
        return this.safeParse(undefined).success;
    },
    isNullable() {
        return this.safeParse(null).success;
    },
    apply(fn, ...args) {
        return args.length === 0 ? fn(this) : fn(this, ...args);
    },
    // Overrides core's `~standard` to add `jsonSchema`. Must stay a prototype entry: redefining it per instance demotes instances to dictionary mode.
    get "~standard"() {
        return hide(this, "~standard", {
            ...standardProps(this),
            jsonSchema: {
                input: createStandardJSONSchemaMethod(this, "input"),
                output: createStandardJSONSchemaMethod(this, "output"),
            },
        });
    },
    set "~standard"(value) {
        own(this, "~standard", value);
    },
    parse: function _parse(data, params) {
        return classic_parse_parse(this, data, params, { callee: _parse });
    },
    parseAsync: async function _parseAsync(data, params) {
        return await classic_parse_parseAsync(this, data, params, { callee: _parseAsync });
    },
    safeParse(data, params) {
        return parse_safeParse(this, data, params);
    },
    async safeParseAsync(data, params) {
        return parse_safeParseAsync(this, data, params);
    },
    // `spa` is an alias: same function object as `safeParseAsync`, as before.
    get spa() {
        return this?.safeParseAsync;
    },
    set spa(value) {
        own(this, "spa", value);
    },
    validate(data, params) {
        return validate(this, data, params);
    },
    validateAsync(data, params) {
        return parse_validateAsync(this, data, params);
    },
    encode: function _encode(data, params) {
        return parse_encode(this, data, params, { callee: _encode });
    },
    decode: function _decode(data, params) {
        return parse_decode(this, data, params, { callee: _decode });
    },
    encodeAsync: async function _encodeAsync(data, params) {
        return await parse_encodeAsync(this, data, params, { callee: _encodeAsync });
    },
    decodeAsync: async function _decodeAsync(data, params) {
        return await parse_decodeAsync(this, data, params, { callee: _decodeAsync });
    },
    safeEncode(data, params) {
        return parse_safeEncode(this, data, params);
    },
    safeDecode(data, params) {
        return parse_safeDecode(this, data, params);
    },
    async safeEncodeAsync(data, params) {
        return parse_safeEncodeAsync(this, data, params);
    },
    async safeDecodeAsync(data, params) {
        return parse_safeDecodeAsync(this, data, params);
    },
    toJSONSchema(params) {
        return createToJSONSchemaMethod(this, {})(params);
    },
    // Reads through to the registry on every access, so it must not cache.
    get description() {
        return globalRegistry.get(this)?.description;
    },
    // No setter: `schema._def = x` throws, as it did when `_def` was a non-writable own property.
    get _def() {
        return this._zod.def;
    },
});
/** @internal */
const _ZodString = /*@__PURE__*/ $constructor("_ZodString", (inst, def) => {
    $ZodString.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => stringProcessor(inst, ctx, json, params);
}, 
/*@__PURE__*/ derived({
    format: (inst) => aggregateChecks(inst).format ?? null,
    minLength: (inst) => aggregateChecks(inst).minimum ?? null,
    maxLength: (inst) => aggregateChecks(inst).maximum ?? null,
}, {
    regex(...args) {
        return this.check(_regex(...args));
    },
    includes(...args) {
        return this.check(_includes(...args));
    },
    startsWith(...args) {
        return this.check(_startsWith(...args));
    },
    endsWith(...args) {
        return this.check(_endsWith(...args));
    },
    min(...args) {
        return this.check(_minLength(...args));
    },
    max(...args) {
        return this.check(_maxLength(...args));
    },
    length(...args) {
        return this.check(_length(...args));
    },
    nonempty(...args) {
        return this.check(_minLength(1, ...args));
    },
    lowercase(params) {
        return this.check(_lowercase(params));
    },
    uppercase(params) {
        return this.check(_uppercase(params));
    },
    trim() {
        return this.check(_trim());
    },
    normalize(...args) {
        return this.check(_normalize(...args));
    },
    toLowerCase() {
        return this.check(_toLowerCase());
    },
    toUpperCase() {
        return this.check(_toUpperCase());
    },
    slugify() {
        return this.check(_slugify());
    },
}));
const ZodString = /*@__PURE__*/ $constructor("ZodString", (inst, def) => {
    $ZodString.init(inst, def);
    _ZodString.init(inst, def);
}, {
    email(params) {
        return this.check(_email(ZodEmail, params));
    },
    url(params) {
        return this.check(_url(ZodURL, params));
    },
    jwt(params) {
        return this.check(_jwt(ZodJWT, params));
    },
    emoji(params) {
        return this.check(api_emoji(ZodEmoji, params));
    },
    guid(params) {
        return this.check(_guid(ZodGUID, params));
    },
    uuid(params) {
        return this.check(_uuid(ZodUUID, params));
    },
    uuidv4(params) {
        return this.check(_uuidv4(ZodUUID, params));
    },
    uuidv6(params) {
        return this.check(_uuidv6(ZodUUID, params));
    },
    uuidv7(params) {
        return this.check(_uuidv7(ZodUUID, params));
    },
    nanoid(params) {
        return this.check(_nanoid(ZodNanoID, params));
    },
    cuid(params) {
        return this.check(_cuid(ZodCUID, params));
    },
    cuid2(params) {
        return this.check(_cuid2(ZodCUID2, params));
    },
    ulid(params) {
        return this.check(_ulid(ZodULID, params));
    },
    base64(params) {
        return this.check(_base64(ZodBase64, params));
    },
    base64url(params) {
        return this.check(_base64url(ZodBase64URL, params));
    },
    xid(params) {
        return this.check(_xid(ZodXID, params));
    },
    ksuid(params) {
        return this.check(_ksuid(ZodKSUID, params));
    },
    ipv4(params) {
        return this.check(_ipv4(ZodIPv4, params));
    },
    ipv6(params) {
        return this.check(_ipv6(ZodIPv6, params));
    },
    cidrv4(params) {
        return this.check(_cidrv4(ZodCIDRv4, params));
    },
    cidrv6(params) {
        return this.check(_cidrv6(ZodCIDRv6, params));
    },
    e164(params) {
        return this.check(_e164(ZodE164, params));
    },
    datetime(params) {
        return this.check(_isoDateTime(ZodISODateTime, params));
    },
    date(params) {
        return this.check(_isoDate(ZodISODate, params));
    },
    time(params) {
        return this.check(_isoTime(ZodISOTime, params));
    },
    duration(params) {
        return this.check(_isoDuration(ZodISODuration, params));
    },
});
function schemas_string(params) {
    return _string(ZodString, params);
}
const ZodStringFormat = /*@__PURE__*/ $constructor("ZodStringFormat", (inst, def) => {
    $ZodStringFormat.init(inst, def);
    _ZodString.init(inst, def);
});
const ZodISODateTime = /*@__PURE__*/ $constructor("ZodISODateTime", (inst, def) => {
    $ZodISODateTime.init(inst, def);
    ZodStringFormat.init(inst, def);
});
const ZodISODate = /*@__PURE__*/ $constructor("ZodISODate", (inst, def) => {
    $ZodISODate.init(inst, def);
    ZodStringFormat.init(inst, def);
});
const ZodISOTime = /*@__PURE__*/ $constructor("ZodISOTime", (inst, def) => {
    $ZodISOTime.init(inst, def);
    ZodStringFormat.init(inst, def);
});
const ZodISODuration = /*@__PURE__*/ $constructor("ZodISODuration", (inst, def) => {
    $ZodISODuration.init(inst, def);
    ZodStringFormat.init(inst, def);
});
const ZodEmail = /*@__PURE__*/ $constructor("ZodEmail", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodEmail.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_email(params) {
    return core._email(ZodEmail, params);
}
const ZodGUID = /*@__PURE__*/ $constructor("ZodGUID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodGUID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_guid(params) {
    return core._guid(ZodGUID, params);
}
const ZodUUID = /*@__PURE__*/ $constructor("ZodUUID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodUUID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_uuid(params) {
    return core._uuid(ZodUUID, params);
}
function uuidv4(params) {
    return core._uuidv4(ZodUUID, params);
}
// ZodUUIDv6
function uuidv6(params) {
    return core._uuidv6(ZodUUID, params);
}
// ZodUUIDv7
function uuidv7(params) {
    return core._uuidv7(ZodUUID, params);
}
const ZodURL = /*@__PURE__*/ $constructor("ZodURL", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodURL.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function url(params) {
    return core._url(ZodURL, params);
}
function httpUrl(params) {
    return core._url(ZodURL, {
        protocol: regexes.httpProtocol,
        hostname: regexes.domain,
        ...util.normalizeParams(params),
    });
}
const ZodEmoji = /*@__PURE__*/ $constructor("ZodEmoji", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodEmoji.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_emoji(params) {
    return core._emoji(ZodEmoji, params);
}
const ZodNanoID = /*@__PURE__*/ $constructor("ZodNanoID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodNanoID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_nanoid(params) {
    return core._nanoid(ZodNanoID, params);
}
/**
 * @deprecated CUID v1 is deprecated by its authors due to information leakage
 * (timestamps embedded in the id). Use {@link ZodCUID2} instead.
 * See https://github.com/paralleldrive/cuid.
 */
const ZodCUID = /*@__PURE__*/ $constructor("ZodCUID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodCUID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
/**
 * Validates a CUID v1 string.
 *
 * @deprecated CUID v1 is deprecated by its authors due to information leakage
 * (timestamps embedded in the id). Use {@link cuid2 | `z.cuid2()`} instead.
 * See https://github.com/paralleldrive/cuid.
 */
function schemas_cuid(params) {
    return core._cuid(ZodCUID, params);
}
const ZodCUID2 = /*@__PURE__*/ $constructor("ZodCUID2", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodCUID2.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_cuid2(params) {
    return core._cuid2(ZodCUID2, params);
}
const ZodULID = /*@__PURE__*/ $constructor("ZodULID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodULID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_ulid(params) {
    return core._ulid(ZodULID, params);
}
const ZodXID = /*@__PURE__*/ $constructor("ZodXID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodXID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_xid(params) {
    return core._xid(ZodXID, params);
}
const ZodKSUID = /*@__PURE__*/ $constructor("ZodKSUID", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodKSUID.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_ksuid(params) {
    return core._ksuid(ZodKSUID, params);
}
const ZodIPv4 = /*@__PURE__*/ $constructor("ZodIPv4", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodIPv4.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_ipv4(params) {
    return core._ipv4(ZodIPv4, params);
}
const ZodMAC = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodMAC", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    core.$ZodMAC.init(inst, def);
    ZodStringFormat.init(inst, def);
})));
function schemas_mac(params) {
    return core._mac(ZodMAC, params);
}
const ZodIPv6 = /*@__PURE__*/ $constructor("ZodIPv6", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodIPv6.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_ipv6(params) {
    return core._ipv6(ZodIPv6, params);
}
const ZodCIDRv4 = /*@__PURE__*/ $constructor("ZodCIDRv4", (inst, def) => {
    $ZodCIDRv4.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_cidrv4(params) {
    return core._cidrv4(ZodCIDRv4, params);
}
const ZodCIDRv6 = /*@__PURE__*/ $constructor("ZodCIDRv6", (inst, def) => {
    $ZodCIDRv6.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_cidrv6(params) {
    return core._cidrv6(ZodCIDRv6, params);
}
const ZodBase64 = /*@__PURE__*/ $constructor("ZodBase64", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodBase64.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_base64(params) {
    return core._base64(ZodBase64, params);
}
const ZodBase64URL = /*@__PURE__*/ $constructor("ZodBase64URL", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodBase64URL.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_base64url(params) {
    return core._base64url(ZodBase64URL, params);
}
const ZodE164 = /*@__PURE__*/ $constructor("ZodE164", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodE164.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function schemas_e164(params) {
    return core._e164(ZodE164, params);
}
const ZodCreditCard = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodCreditCard", (inst, def) => {
    core.$ZodCreditCard.init(inst, def);
    ZodStringFormat.init(inst, def);
})));
function schemas_creditCard(params) {
    return core._creditCard(ZodCreditCard, params);
}
const ZodIBAN = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodIBAN", (inst, def) => {
    core.$ZodIBAN.init(inst, def);
    ZodStringFormat.init(inst, def);
})));
function schemas_iban(params) {
    return core._iban(ZodIBAN, params);
}
const ZodJWT = /*@__PURE__*/ $constructor("ZodJWT", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    $ZodJWT.init(inst, def);
    ZodStringFormat.init(inst, def);
});
function jwt(params) {
    return core._jwt(ZodJWT, params);
}
const ZodCustomStringFormat = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodCustomStringFormat", (inst, def) => {
    // ZodStringFormat.init(inst, def);
    core.$ZodCustomStringFormat.init(inst, def);
    ZodStringFormat.init(inst, def);
})));
function stringFormat(format, fnOrRegex, _params = {}) {
    return core._stringFormat(ZodCustomStringFormat, format, fnOrRegex, _params);
}
function schemas_hostname(_params) {
    return core._stringFormat(ZodCustomStringFormat, "hostname", regexes.hostname, _params);
}
function schemas_hex(_params) {
    return core._stringFormat(ZodCustomStringFormat, "hex", regexes.hex, _params);
}
function schemas_currencyCode(_params) {
    return core._stringFormat(ZodCustomStringFormat, "currency_code", regexes.currencyCode, _params);
}
function hash(alg, params) {
    const enc = params?.enc ?? "hex";
    const format = `${alg}_${enc}`;
    const regex = core.regexes[format];
    if (!regex)
        throw new Error(`Unrecognized hash format: ${format}`);
    return core._stringFormat(ZodCustomStringFormat, format, regex, params);
}
const ZodNumber = /*@__PURE__*/ $constructor("ZodNumber", (inst, def) => {
    $ZodNumber.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => numberProcessor(inst, ctx, json, params);
    inst.isFinite = true;
}, 
/*@__PURE__*/ derived({
    minValue: (inst) => {
        const { minimum, exclusiveMinimum } = aggregateChecks(inst);
        return Math.max(minimum ?? Number.NEGATIVE_INFINITY, exclusiveMinimum ?? Number.NEGATIVE_INFINITY);
    },
    maxValue: (inst) => {
        const { maximum, exclusiveMaximum } = aggregateChecks(inst);
        return Math.min(maximum ?? Number.POSITIVE_INFINITY, exclusiveMaximum ?? Number.POSITIVE_INFINITY);
    },
    isInt: (inst) => {
        const { isInt, multipleOf } = aggregateChecks(inst);
        return !!isInt || !!multipleOf?.some(Number.isSafeInteger);
    },
    format: (inst) => aggregateChecks(inst).format ?? null,
}, {
    gt(value, params) {
        return this.check(_gt(value, params));
    },
    gte(value, params) {
        return this.check(_gte(value, params));
    },
    min(value, params) {
        return this.check(_gte(value, params));
    },
    lt(value, params) {
        return this.check(_lt(value, params));
    },
    lte(value, params) {
        return this.check(_lte(value, params));
    },
    max(value, params) {
        return this.check(_lte(value, params));
    },
    int(params) {
        return this.check(schemas_int(params));
    },
    safe(params) {
        return this.check(schemas_int(params));
    },
    positive(params) {
        return this.check(_gt(0, params));
    },
    nonnegative(params) {
        return this.check(_gte(0, params));
    },
    negative(params) {
        return this.check(_lt(0, params));
    },
    nonpositive(params) {
        return this.check(_lte(0, params));
    },
    multipleOf(value, params) {
        return this.check(_multipleOf(value, params));
    },
    step(value, params) {
        return this.check(_multipleOf(value, params));
    },
    finite() {
        return this;
    },
}));
function schemas_number(params) {
    return core._number(ZodNumber, params);
}
const ZodNumberFormat = /*@__PURE__*/ $constructor("ZodNumberFormat", (inst, def) => {
    $ZodNumberFormat.init(inst, def);
    ZodNumber.init(inst, def);
});
function schemas_int(params) {
    return _int(ZodNumberFormat, params);
}
function float32(params) {
    return core._float32(ZodNumberFormat, params);
}
function float64(params) {
    return core._float64(ZodNumberFormat, params);
}
function int32(params) {
    return core._int32(ZodNumberFormat, params);
}
function uint32(params) {
    return core._uint32(ZodNumberFormat, params);
}
const ZodBoolean = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodBoolean", (inst, def) => {
    core.$ZodBoolean.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.booleanProcessor(inst, ctx, json, params);
})));
function schemas_boolean(params) {
    return core._boolean(ZodBoolean, params);
}
const ZodBigInt = /*@__PURE__*/ $constructor("ZodBigInt", (inst, def) => {
    $ZodBigInt.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => bigintProcessor(inst, ctx, json, params);
}, 
/*@__PURE__*/ derived({
    minValue: (inst) => aggregateChecks(inst).minimum ?? null,
    maxValue: (inst) => aggregateChecks(inst).maximum ?? null,
    format: (inst) => aggregateChecks(inst).format ?? null,
}, {
    gte(value, params) {
        return this.check(_gte(value, params));
    },
    min(value, params) {
        return this.check(_gte(value, params));
    },
    gt(value, params) {
        return this.check(_gt(value, params));
    },
    lt(value, params) {
        return this.check(_lt(value, params));
    },
    lte(value, params) {
        return this.check(_lte(value, params));
    },
    max(value, params) {
        return this.check(_lte(value, params));
    },
    positive(params) {
        return this.check(_gt(BigInt(0), params));
    },
    negative(params) {
        return this.check(_lt(BigInt(0), params));
    },
    nonpositive(params) {
        return this.check(_lte(BigInt(0), params));
    },
    nonnegative(params) {
        return this.check(_gte(BigInt(0), params));
    },
    multipleOf(value, params) {
        return this.check(_multipleOf(value, params));
    },
}));
function schemas_bigint(params) {
    return core._bigint(ZodBigInt, params);
}
const ZodBigIntFormat = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodBigIntFormat", (inst, def) => {
    core.$ZodBigIntFormat.init(inst, def);
    ZodBigInt.init(inst, def);
})));
function int64(params) {
    return core._int64(ZodBigIntFormat, params);
}
function uint64(params) {
    return core._uint64(ZodBigIntFormat, params);
}
const ZodSymbol = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodSymbol", (inst, def) => {
    core.$ZodSymbol.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.symbolProcessor(inst, ctx, json, params);
})));
function symbol(params) {
    return core._symbol(ZodSymbol, params);
}
const ZodUndefined = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodUndefined", (inst, def) => {
    core.$ZodUndefined.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.undefinedProcessor(inst, ctx, json, params);
})));
function schemas_undefined(params) {
    return core._undefined(ZodUndefined, params);
}

const ZodNull = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodNull", (inst, def) => {
    core.$ZodNull.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.nullProcessor(inst, ctx, json, params);
})));
function schemas_null(params) {
    return core._null(ZodNull, params);
}

const ZodAny = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodAny", (inst, def) => {
    core.$ZodAny.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.anyProcessor(inst, ctx, json, params);
})));
function any() {
    return core._any(ZodAny);
}
const ZodUnknown = /*@__PURE__*/ $constructor("ZodUnknown", (inst, def) => {
    $ZodUnknown.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => unknownProcessor(inst, ctx, json, params);
});
function unknown() {
    return _unknown(ZodUnknown);
}
const ZodNever = /*@__PURE__*/ $constructor("ZodNever", (inst, def) => {
    $ZodNever.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => neverProcessor(inst, ctx, json, params);
});
function never(params) {
    return _never(ZodNever, params);
}
const ZodVoid = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodVoid", (inst, def) => {
    core.$ZodVoid.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.voidProcessor(inst, ctx, json, params);
})));
function schemas_void(params) {
    return core._void(ZodVoid, params);
}

const ZodDate = /*@__PURE__*/ $constructor("ZodDate", (inst, def) => {
    $ZodDate.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => dateProcessor(inst, ctx, json, params);
    inst.min = (value, params) => inst.check(_gte(value, params));
    inst.max = (value, params) => inst.check(_lte(value, params));
}, 
/*@__PURE__*/ derived({
    minDate: (inst) => {
        const { minimum } = aggregateChecks(inst);
        return minimum ? new Date(minimum) : null;
    },
    maxDate: (inst) => {
        const { maximum } = aggregateChecks(inst);
        return maximum ? new Date(maximum) : null;
    },
}, {}));
function schemas_date(params) {
    return core._date(ZodDate, params);
}
const ZodArray = /*@__PURE__*/ $constructor("ZodArray", (inst, def) => {
    _ensureDefaultMemoizer();
    $ZodArray.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => arrayProcessor(inst, ctx, json, params);
    inst.element = def.element;
}, {
    min(n, params) {
        return this.check(_minLength(n, params));
    },
    nonempty(params) {
        return this.check(_minLength(1, params));
    },
    max(n, params) {
        return this.check(_maxLength(n, params));
    },
    length(n, params) {
        return this.check(_length(n, params));
    },
    unwrap() {
        return this.element;
    },
});
function array(element, params) {
    return _array(ZodArray, element, params);
}
// .keyof
function keyof(schema) {
    const shape = schema._zod.def.shape;
    return schemas_enum(Object.keys(shape));
}
const ZodObject = /*@__PURE__*/ $constructor("ZodObject", (inst, def) => {
    _ensureDefaultMemoizer();
    $ZodObjectJIT.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => objectProcessor(inst, ctx, json, params);
    installLazyProp(inst, "shape", (self) => self._zod.def.shape, false);
}, {
    keyof() {
        return schemas_enum(Object.keys(this._zod.def.shape));
    },
    catchall(catchall) {
        // `mergeDefs` rather than a spread: spreading reads `shape`, and resolving it can mint a whole fresh subtree
        return this.clone(mergeDefs(this._zod.def, { catchall: catchall }));
    },
    passthrough() {
        return this.clone(mergeDefs(this._zod.def, { catchall: unknown() }));
    },
    loose() {
        return this.clone(mergeDefs(this._zod.def, { catchall: unknown() }));
    },
    strict() {
        return this.clone(mergeDefs(this._zod.def, { catchall: never() }));
    },
    strip() {
        return this.clone(mergeDefs(this._zod.def, { catchall: undefined }));
    },
    extend(incoming) {
        return extend(this, incoming);
    },
    safeExtend(incoming) {
        return safeExtend(this, incoming);
    },
    merge(other) {
        return merge(this, other);
    },
    pick(mask) {
        return pick(this, mask);
    },
    omit(mask) {
        return omit(this, mask);
    },
    partial(...args) {
        return partial(ZodOptional, this, args[0]);
    },
    exactPartial(...args) {
        return partial(ZodExactOptional, this, args[0], "exactPartial");
    },
    required(...args) {
        return required(ZodNonOptional, this, args[0]);
    },
});
function object(shape, params) {
    const def = {
        type: "object",
        shape: shape ?? {},
        ...normalizeParams(params),
    };
    return new ZodObject(def);
}
// strictObject
function strictObject(shape, params) {
    return new ZodObject({
        type: "object",
        shape,
        catchall: never(),
        ...util.normalizeParams(params),
    });
}
// looseObject
function looseObject(shape, params) {
    return new ZodObject({
        type: "object",
        shape,
        catchall: unknown(),
        ...util.normalizeParams(params),
    });
}
const ZodUnion = /*@__PURE__*/ $constructor("ZodUnion", (inst, def) => {
    $ZodUnion.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => unionProcessor(inst, ctx, json, params);
    inst.options = def.options;
});
function union(options, params) {
    return new ZodUnion({
        type: "union",
        options: options,
        ...normalizeParams(params),
    });
}
const ZodXor = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodXor", (inst, def) => {
    ZodUnion.init(inst, def);
    core.$ZodXor.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.unionProcessor(inst, ctx, json, params);
    inst.options = def.options;
})));
/** Creates an exclusive union (XOR) where exactly one option must match.
 * Unlike regular unions that succeed when any option matches, xor fails if
 * zero or more than one option matches the input. */
function xor(options, params) {
    return new ZodXor({
        type: "union",
        options: options,
        inclusive: false,
        ...util.normalizeParams(params),
    });
}
const ZodDiscriminatedUnion = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodDiscriminatedUnion", (inst, def) => {
    ZodUnion.init(inst, def);
    core.$ZodDiscriminatedUnion.init(inst, def);
})));
function discriminatedUnion(discriminator, options, params) {
    // const [options, params] = args;
    return new ZodDiscriminatedUnion({
        type: "union",
        options: options,
        discriminator,
        ...util.normalizeParams(params),
    });
}
const ZodIntersection = /*@__PURE__*/ $constructor("ZodIntersection", (inst, def) => {
    $ZodIntersection.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => intersectionProcessor(inst, ctx, json, params);
});
function intersection(left, right) {
    return new ZodIntersection({
        type: "intersection",
        left: left,
        right: right,
    });
}
const ZodTuple = /*@__PURE__*/ $constructor("ZodTuple", (inst, def) => {
    _ensureDefaultMemoizer();
    $ZodTuple.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => tupleProcessor(inst, ctx, json, params);
}, {
    rest(rest) {
        return this.clone({
            ...this._zod.def,
            rest: rest,
        });
    },
    partial() {
        const def = this._zod.def;
        // a refinement was authored against the full arity; partialing would run it on a shorter array
        if (def.checks?.length)
            throw new Error(".partial() cannot be used on tuple schemas containing refinements");
        return this.clone({
            ...def,
            items: def.items.map((item) => new ZodOptional({ type: "optional", innerType: item })),
        });
    },
});
function tuple(items, _paramsOrRest, _params) {
    const hasRest = _paramsOrRest instanceof core.$ZodType;
    const params = hasRest ? _params : _paramsOrRest;
    const rest = hasRest ? _paramsOrRest : null;
    return new ZodTuple({
        type: "tuple",
        items: items,
        rest,
        ...util.normalizeParams(params),
    });
}
const ZodRecord = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodRecord", (inst, def) => {
    _ensureDefaultMemoizer();
    core.$ZodRecord.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.recordProcessor(inst, ctx, json, params);
    inst.keyType = def.keyType;
    inst.valueType = def.valueType;
})));
function record(keyType, valueType, params) {
    // v3-compat: z.record(valueType, params?) — defaults keyType to z.string()
    if (!valueType || !valueType._zod) {
        return new ZodRecord({
            type: "record",
            keyType: schemas_string(),
            valueType: keyType,
            ...util.normalizeParams(valueType),
        });
    }
    return new ZodRecord({
        type: "record",
        keyType,
        valueType: valueType,
        ...util.normalizeParams(params),
    });
}
// type alksjf = core.output<core.$ZodRecordKey>;
function partialRecord(keyType, valueType, params) {
    return new ZodRecord({
        type: "record",
        keyType,
        valueType: valueType,
        ...util.normalizeParams(params),
        partial: true,
    });
}
function looseRecord(keyType, valueType, params) {
    return new ZodRecord({
        type: "record",
        keyType,
        valueType: valueType,
        mode: "loose",
        ...util.normalizeParams(params),
    });
}
const ZodMap = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodMap", (inst, def) => {
    _ensureDefaultMemoizer();
    core.$ZodMap.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.mapProcessor(inst, ctx, json, params);
    inst.keyType = def.keyType;
    inst.valueType = def.valueType;
    inst.min = (...args) => inst.check(core._minSize(...args));
    inst.nonempty = (params) => inst.check(core._minSize(1, params));
    inst.max = (...args) => inst.check(core._maxSize(...args));
    inst.size = (...args) => inst.check(core._size(...args));
})));
function map(keyType, valueType, params) {
    return new ZodMap({
        type: "map",
        keyType: keyType,
        valueType: valueType,
        ...util.normalizeParams(params),
    });
}
const ZodSet = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodSet", (inst, def) => {
    _ensureDefaultMemoizer();
    core.$ZodSet.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.setProcessor(inst, ctx, json, params);
    inst.min = (...args) => inst.check(core._minSize(...args));
    inst.nonempty = (params) => inst.check(core._minSize(1, params));
    inst.max = (...args) => inst.check(core._maxSize(...args));
    inst.size = (...args) => inst.check(core._size(...args));
})));
function set(valueType, params) {
    return new ZodSet({
        type: "set",
        valueType: valueType,
        ...util.normalizeParams(params),
    });
}
const ZodEnum = /*@__PURE__*/ $constructor("ZodEnum", (inst, def) => {
    $ZodEnum.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => enumProcessor(inst, ctx, json, params);
    inst.enum = def.entries;
    // reuse the parsed value set so a numeric TS enum's reverse-mapping keys stay out
    inst.options = [...inst._zod.values];
    const keys = new Set(Object.keys(def.entries));
    inst.extract = (values, params) => {
        const newEntries = {};
        for (const value of values) {
            if (keys.has(value)) {
                newEntries[value] = def.entries[value];
            }
            else
                throw new Error(`Key ${value} not found in enum`);
        }
        return new ZodEnum({
            ...def,
            checks: [],
            ...normalizeParams(params),
            entries: newEntries,
        });
    };
    inst.exclude = (values, params) => {
        const newEntries = { ...def.entries };
        for (const value of values) {
            if (keys.has(value)) {
                delete newEntries[value];
            }
            else
                throw new Error(`Key ${value} not found in enum`);
        }
        return new ZodEnum({
            ...def,
            checks: [],
            ...normalizeParams(params),
            entries: newEntries,
        });
    };
});
function schemas_enum(values, params) {
    const entries = Array.isArray(values) ? Object.fromEntries(values.map((v) => [v, v])) : values;
    return new ZodEnum({
        type: "enum",
        entries,
        ...normalizeParams(params),
    });
}

/** @deprecated This API has been merged into `z.enum()`. Use `z.enum()` instead.
 *
 * ```ts
 * enum Colors { red, green, blue }
 * z.enum(Colors);
 * ```
 */
function nativeEnum(entries, params) {
    return new ZodEnum({
        type: "enum",
        entries,
        ...util.normalizeParams(params),
    });
}
const ZodLiteral = /*@__PURE__*/ $constructor("ZodLiteral", (inst, def) => {
    $ZodLiteral.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => literalProcessor(inst, ctx, json, params);
    inst.values = new Set(def.values);
    Object.defineProperty(inst, "value", {
        get() {
            if (def.values.length > 1) {
                throw new Error("This schema contains multiple valid literal values. Use `.values` instead.");
            }
            return def.values[0];
        },
    });
});
function literal(value, params) {
    return new ZodLiteral({
        type: "literal",
        values: Array.isArray(value) ? value : [value],
        ...normalizeParams(params),
    });
}
const ZodFile = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodFile", (inst, def) => {
    core.$ZodFile.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.fileProcessor(inst, ctx, json, params);
    inst.min = (size, params) => inst.check(core._minSize(size, params));
    inst.max = (size, params) => inst.check(core._maxSize(size, params));
    inst.mime = (types, params) => inst.check(core._mime(Array.isArray(types) ? types : [types], params));
})));
function file(params) {
    return core._file(ZodFile, params);
}
const ZodTransform = /*@__PURE__*/ $constructor("ZodTransform", (inst, def) => {
    _ensureDefaultMemoizer();
    $ZodTransform.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => transformProcessor(inst, ctx, json, params);
    inst._zod.parse = (payload, _ctx) => {
        if (_ctx.direction === "backward") {
            throw new $ZodEncodeError(inst.constructor.name);
        }
        payload.addIssue = (issue) => {
            if (typeof issue === "string") {
                payload.issues.push(util_issue(issue, payload.value, def));
            }
            else {
                // for Zod 3 backwards compatibility
                const _issue = issue;
                if (_issue.fatal)
                    _issue.continue = false;
                _issue.code ?? (_issue.code = "custom");
                if (!("input" in _issue))
                    _issue.input = payload.value;
                _issue.inst ?? (_issue.inst = inst);
                // _issue.continue ??= true;
                payload.issues.push(util_issue(_issue));
            }
        };
        const output = def.transform(payload.value, payload);
        if (output instanceof Promise) {
            return output.then((output) => {
                payload.value = output;
                return payload;
            });
        }
        payload.value = output;
        return payload;
    };
});
function transform(fn) {
    return new ZodTransform({
        type: "transform",
        transform: fn,
    });
}
const ZodOptional = /*@__PURE__*/ $constructor("ZodOptional", (inst, def) => {
    $ZodOptional.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => optionalProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
});
function optional(innerType) {
    return new ZodOptional({
        type: "optional",
        innerType: innerType,
    });
}
const ZodExactOptional = /*@__PURE__*/ $constructor("ZodExactOptional", (inst, def) => {
    $ZodExactOptional.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => optionalProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
});
function exactOptional(innerType) {
    return new ZodExactOptional({
        type: "optional",
        innerType: innerType,
    });
}
const ZodNullable = /*@__PURE__*/ $constructor("ZodNullable", (inst, def) => {
    $ZodNullable.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => nullableProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
});
function nullable(innerType) {
    return new ZodNullable({
        type: "nullable",
        innerType: innerType,
    });
}
// nullish
function schemas_nullish(innerType) {
    return optional(nullable(innerType));
}
const ZodDefault = /*@__PURE__*/ $constructor("ZodDefault", (inst, def) => {
    $ZodDefault.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => defaultProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
    inst.removeDefault = inst.unwrap;
});
function schemas_default(innerType, defaultValue) {
    return new ZodDefault({
        type: "default",
        innerType: innerType,
        get defaultValue() {
            return typeof defaultValue === "function" ? defaultValue() : shallowClone(defaultValue);
        },
    });
}
const ZodPrefault = /*@__PURE__*/ $constructor("ZodPrefault", (inst, def) => {
    $ZodPrefault.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => prefaultProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
});
function prefault(innerType, defaultValue) {
    return new ZodPrefault({
        type: "prefault",
        innerType: innerType,
        get defaultValue() {
            return typeof defaultValue === "function" ? defaultValue() : shallowClone(defaultValue);
        },
    });
}
const ZodNonOptional = /*@__PURE__*/ $constructor("ZodNonOptional", (inst, def) => {
    $ZodNonOptional.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => nonoptionalProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
});
function nonoptional(innerType, params) {
    return new ZodNonOptional({
        type: "nonoptional",
        innerType: innerType,
        ...normalizeParams(params),
    });
}
const ZodSuccess = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodSuccess", (inst, def) => {
    core.$ZodSuccess.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.successProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
})));
function success(innerType) {
    return new ZodSuccess({
        type: "success",
        innerType: innerType,
    });
}
const ZodCatch = /*@__PURE__*/ $constructor("ZodCatch", (inst, def) => {
    $ZodCatch.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => catchProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
    inst.removeCatch = inst.unwrap;
});
function schemas_catch(innerType, catchValue) {
    return new ZodCatch({
        type: "catch",
        innerType: innerType,
        catchValue: (typeof catchValue === "function" ? catchValue : constantCatch(catchValue)),
    });
}

const ZodNaN = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodNaN", (inst, def) => {
    core.$ZodNaN.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.nanProcessor(inst, ctx, json, params);
})));
function nan(params) {
    return core._nan(ZodNaN, params);
}
const ZodPipe = /*@__PURE__*/ $constructor("ZodPipe", (inst, def) => {
    $ZodPipe.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => pipeProcessor(inst, ctx, json, params);
    inst.in = def.in;
    inst.out = def.out;
});
function pipe(in_, out) {
    return new ZodPipe({
        type: "pipe",
        in: in_,
        out: out,
        // ...util.normalizeParams(params),
    });
}
const ZodCodec = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodCodec", (inst, def) => {
    ZodPipe.init(inst, def);
    core.$ZodCodec.init(inst, def);
})));
function codec(in_, out, params) {
    return new ZodCodec({
        type: "pipe",
        in: in_,
        out: out,
        transform: params.decode,
        reverseTransform: params.encode,
    });
}
function invertCodec(codec) {
    const def = codec._zod.def;
    return new ZodCodec({
        type: "pipe",
        in: def.out,
        out: def.in,
        transform: def.reverseTransform,
        reverseTransform: def.transform,
    });
}
const ZodPreprocess = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodPreprocess", (inst, def) => {
    ZodPipe.init(inst, def);
    core.$ZodPreprocess.init(inst, def);
})));
const ZodReadonly = /*@__PURE__*/ $constructor("ZodReadonly", (inst, def) => {
    $ZodReadonly.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => readonlyProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
});
function readonly(innerType) {
    return new ZodReadonly({
        type: "readonly",
        innerType: innerType,
    });
}
const ZodTemplateLiteral = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodTemplateLiteral", (inst, def) => {
    core.$ZodTemplateLiteral.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.templateLiteralProcessor(inst, ctx, json, params);
})));
function templateLiteral(parts, params) {
    return new ZodTemplateLiteral({
        type: "template_literal",
        parts,
        ...util.normalizeParams(params),
    });
}
const ZodLazy = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodLazy", (inst, def) => {
    core.$ZodLazy.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.lazyProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.getter();
})));
function lazy(getter) {
    return new ZodLazy({
        type: "lazy",
        getter: getter,
    });
}
const ZodPromise = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodPromise", (inst, def) => {
    core.$ZodPromise.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.promiseProcessor(inst, ctx, json, params);
    inst.unwrap = () => inst._zod.def.innerType;
})));
function promise(innerType) {
    return new ZodPromise({
        type: "promise",
        innerType: innerType,
    });
}
const ZodFunction = /*@__PURE__*/ (/* unused pure expression or super */ null && (core.$constructor("ZodFunction", (inst, def) => {
    core.$ZodFunction.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => processors.functionProcessor(inst, ctx, json, params);
})));
function _function(params) {
    return new ZodFunction({
        type: "function",
        input: Array.isArray(params?.input) ? tuple(params?.input) : (params?.input ?? array(unknown())),
        output: params?.output ?? unknown(),
    });
}

const ZodCustom = /*@__PURE__*/ $constructor("ZodCustom", (inst, def) => {
    $ZodCustom.init(inst, def);
    ZodType.init(inst, def);
    inst._zod.processJSONSchema = (ctx, json, params) => customProcessor(inst, ctx, json, params);
});
// custom checks
function check(fn) {
    const ch = new core.$ZodCheck({
        check: "custom",
        // ...util.normalizeParams(params),
    });
    ch._zod.check = fn;
    return ch;
}
function custom(fn, _params) {
    return core._custom(ZodCustom, fn ?? (() => true), _params);
}
function refine(fn, _params = {}) {
    return _refine(ZodCustom, fn, _params);
}
// superRefine
function superRefine(fn, params) {
    return _superRefine(fn, params);
}
// Re-export describe and meta from core
const schemas_describe = describe;
const schemas_meta = meta;
const ZodInstanceOf = /*@__PURE__*/ $constructor("ZodInstanceOf", (inst, def) => {
    ZodCustom.init(inst, def);
}, {
    properties(shape, params) {
        // asserts in place, so the narrowed output type is truthful without a wrapper
        return this.check(_properties(shape, params));
    },
});
function _instanceof(cls, params = {}) {
    const inst = new ZodInstanceOf({
        type: "custom",
        check: "custom",
        fn: (data) => data instanceof cls,
        abort: true,
        ...util.normalizeParams(params),
    });
    inst._zod.bag.Class = cls;
    // Override check to emit invalid_type instead of custom
    inst._zod.check = (payload) => {
        if (!(payload.value instanceof cls)) {
            payload.issues.push({
                code: "invalid_type",
                expected: cls.name,
                input: payload.value,
                inst,
                path: [...(inst._zod.def.path ?? [])],
            });
        }
    };
    return inst;
}

// stringbool
const stringbool = (...args) => core._stringbool({
    Codec: ZodCodec,
    Boolean: ZodBoolean,
    String: ZodString,
}, ...args);
function json(params) {
    const jsonSchema = lazy(() => {
        return union([schemas_string(params), schemas_number(), schemas_boolean(), schemas_null(), array(jsonSchema), record(schemas_string(), jsonSchema)]);
    });
    return jsonSchema;
}
// preprocess
function preprocess(fn, schema) {
    return new ZodPreprocess({
        type: "pipe",
        in: transform(fn),
        out: schema,
    });
}

;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");
;// CONCATENATED MODULE: ./build/platform/format.js
/** `812 ms`, `4.2 s`, `3 min 5 s`. */
function formatDuration(milliseconds) {
    if (milliseconds < 1000)
        return `${Math.round(milliseconds)} ms`;
    const seconds = milliseconds / 1000;
    if (seconds < 60)
        return `${seconds.toFixed(1)} s`;
    return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}
/** `0m`, `5m`, `7h`, `12d`: short enough for a column. */
function formatAge(milliseconds) {
    const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
    if (minutes < 60)
        return `${minutes}m`;
    const hours = Math.floor(minutes / 60);
    return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
/** `512 B`, `1.4 KiB`, `57.3 MiB`. */
function formatBytes(bytes) {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
    const value = bytes / 1024 ** power;
    return `${power === 0 || Number.isInteger(value) ? value : value.toFixed(1)} ${units[power] ?? ''}`;
}
/** `1 clone`, `2 clones`: for nouns that take an s. */
function formatCount(count, noun) {
    return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
/** A foreign text on one line, without characters that control a terminal or a log, or reverse text. */
function sanitizeLine(text, maxLength = 400) {
    const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ').trimEnd();
    return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}
/**
 * Escapes what the GitHub runner would take as a workflow command: `::name::` at the start, or `##[name]` anywhere.
 * Source: actions/runner, src/Runner.Common/ActionCommand.cs.
 */
function hideCommands(line) {
    return line.replace(/^(?=\s*::)/, '|').replaceAll('##[', '# [');
}
/** What JSON does not escape, although it controls a terminal or reverses text. */
const unprintable = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** A foreign text in quotes, for a message: shortened, with escapes for characters that must not be printed. */
function format_quoteText(text, maxLength = 120) {
    return JSON.stringify(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text).replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

;// CONCATENATED MODULE: ./build/platform/errors.js


/** Of a message and of a fix, in characters. Both can quote foreign texts. */
const maxLineLength = 2000;
/**
 * The one error type that this product throws on purpose.
 * `message` is one line: what failed, on what, why.
 */
class errors_Failure extends Error {
    fix;
    evidence;
    constructor(message, details = {}) {
        super(sanitizeLine(message, maxLineLength), { cause: details.cause });
        this.name = new.target.name;
        this.fix = details.fix === undefined ? undefined : sanitizeLine(details.fix, maxLineLength);
        this.evidence = details.evidence ?? [];
    }
}
/** Wrong input or flags: exit code 2. */
class errors_UsageError extends (/* unused pure expression or super */ null && (errors_Failure)) {
}
/** A program failed, was stopped by its time limit, or could not be started. */
class errors_ToolError extends errors_Failure {
    argv;
    /** Undefined if a signal killed it. */
    exitCode;
    constructor(message, argv, exitCode, details = {}) {
        super(message, details);
        this.argv = argv;
        this.exitCode = exitCode;
    }
}
/** The run was cancelled: SIGINT, SIGTERM, or a caller's abort. */
class errors_CancelledError extends errors_Failure {
}
/** The reason behind an AbortError of Node, which hides that of its signal; anything else as it is. */
function reasonOf(thrown) {
    return types.isNativeError(thrown) && thrown.name === 'AbortError' && thrown.cause !== undefined
        ? thrown.cause
        : thrown;
}
/** The message of anything that was thrown. */
function errorMessage(thrown) {
    return external_node_util_namespaceObject.types.isNativeError(thrown) ? thrown.message : String(thrown);
}
/** True for an error of the operating system with this code, such as `ENOENT`. */
function hasCode(thrown, code) {
    // Not `instanceof`: under jest, Node's own errors come from another realm.
    return external_node_util_namespaceObject.types.isNativeError(thrown) && 'code' in thrown && thrown.code === code;
}

;// CONCATENATED MODULE: ./build/platform/progress/log.js
/** Discards everything. */
const silentLog = {
    info: () => undefined,
    detail: () => undefined,
    warn: () => undefined,
    progress: () => undefined,
};

;// CONCATENATED MODULE: ./build/platform/without-undefined.js
/** A copy without the properties that are undefined, for documents whose keys are either set or absent. */
function withoutUndefined(value) {
    return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined));
}

;// CONCATENATED MODULE: ./build/platform/process/helper-messages.js





const lineSchema = object({ kind: schemas_enum(['detail', 'info', 'warn']), line: schemas_string() }).readonly();
const failureSchema = object({
    kind: literal('failure'),
    message: schemas_string(),
    fix: schemas_string().exactOptional(),
    evidence: array(schemas_string()).readonly(),
})
    .readonly();
/** Runs a helper and passes its lines on. @returns its result. @throws its Failure */
async function runHelper({ argv, order, withinMs, what, done }, { processes, log }) {
    const { stdout } = await processes
        .run({
        argv,
        input: `${JSON.stringify(order)}\n`,
        holdInput: true,
        timeoutMs: withinMs,
        onLine: (line) => forwardLine(line, done, log),
    })
        .catch((error) => {
        throw error instanceof ToolError
            ? new Failure(`${what} stopped before it finished`, { evidence: error.evidence, cause: error })
            : error;
    });
    const last = tryParse(stdout.trimEnd().split('\n').at(-1) ?? '');
    const failure = failureSchema.safeParse(last).data;
    if (failure !== undefined)
        throw new Failure(failure.message, failure);
    const result = done.safeParse(last);
    if (result.success)
        return result.data;
    throw new Failure(`${what} stopped without a result`, { evidence: stdout.split('\n').slice(-20) });
}
function forwardLine(line, done, log) {
    const message = tryParse(line);
    const found = lineSchema.safeParse(message).data;
    if (found !== undefined)
        log[found.kind](found.line);
    else if (!failureSchema.safeParse(message).success && !done.safeParse(message).success)
        log.detail(line);
}
/** Undefined for a line of another program, e.g. a warning of sudo. */
function tryParse(line) {
    return line.startsWith('{') ? tryParseJson(line) : undefined;
}
/** Characters of one line of a program's output. */
const longestLine = 8192;
/** Does the work of a helper, and sends messages about it. @param work returns what the message `done` has */
async function serveHelper(work, send) {
    const sendLine = (kind) => (line) => send({ kind, line: line.slice(0, longestLine) });
    const log = { ...silentLog, detail: sendLine('detail'), info: sendLine('info'), warn: sendLine('warn') };
    try {
        send({ ...(await work(log)), kind: 'done' });
    }
    catch (error) {
        if (!(error instanceof errors_Failure))
            throw error;
        const { fix, evidence } = error;
        send(withoutUndefined({ kind: 'failure', message: errorMessage(error), evidence, fix }));
    }
}

;// CONCATENATED MODULE: external "node:fs/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");
;// CONCATENATED MODULE: ./build/disk/block-reader.js

/** Part of a disk, such as a partition, as a disk. */
function sliceReader(reader, start, size) {
    return {
        size,
        read: async (offset, length) => {
            if (offset < 0 || length < 0 || offset + length > size) {
                throw new errors_Failure(`read of ${length} bytes at ${offset} is outside a partition of ${size} bytes`);
            }
            return reader.read(start + offset, length);
        },
        assertOpen: () => reader.assertOpen?.(),
    };
}

;// CONCATENATED MODULE: ./build/disk/ext4-features.js

const wordOffsets = {
    compatible: 0x5c,
    incompatible: 0x60,
    readOnlyCompatible: 0x64,
};
/** Names as in mke2fs(8) and tune2fs(8), by bit. Source: e2fsprogs, lib/ext2fs/ext2_fs.h. */
const featureNames = {
    compatible: [
        'dir_prealloc',
        'imagic_inodes',
        'has_journal',
        'ext_attr',
        'resize_inode',
        'dir_index',
        'lazy_bg',
        'exclude_inode',
        'exclude_bitmap',
        'sparse_super2',
        'fast_commit',
        'stable_inodes',
        'orphan_file',
    ],
    incompatible: [
        'compression',
        'filetype',
        'needs_recovery',
        'journal_dev',
        'meta_bg',
        '',
        'extent',
        '64bit',
        'mmp',
        'flex_bg',
        'ea_inode',
        '',
        'dirdata',
        'metadata_csum_seed',
        'large_dir',
        'inline_data',
        'encrypt',
        'casefold',
    ],
    readOnlyCompatible: [
        'sparse_super',
        'large_file',
        'btree_dir',
        'huge_file',
        'uninit_bg',
        'dir_nlink',
        'extra_isize',
        'snapshot',
        'quota',
        'bigalloc',
        'metadata_csum',
        'replica',
        'read-only',
        'project',
        'shared_blocks',
        'verity',
        'orphan_present',
    ],
};
/** Features that do not change how files are found and read. */
const readable = new Set([
    'filetype',
    'extent',
    '64bit',
    'mmp',
    'flex_bg',
    'ea_inode',
    'metadata_csum_seed',
    'large_dir',
    'casefold',
]);
/** Features that debugfs corrupts when it writes, or that forbid writing, and whether tune2fs can remove them. */
const uneditable = new Map([
    ['quota', 'removable'],
    ['project', 'removable'],
    ['read-only', 'removable'],
    ['shared_blocks', 'fixed'],
    ['snapshot', 'fixed'],
    ['replica', 'fixed'],
    ['btree_dir', 'fixed'],
]);
/** The names of a superblock's features. A bit without a name is `incompatible feature 0x…`. */
function parseFeatures(superblock) {
    return Object.keys(wordOffsets).flatMap((word) => {
        const bits = superblock.readUInt32LE(wordOffsets[word]);
        return Array.from({ length: 32 }, (_, bit) => bit)
            .filter((bit) => ((bits >>> bit) & 1) === 1)
            .map((bit) => nameFeature(word, bit));
    });
}
function nameFeature(word, bit) {
    const name = featureNames[word][bit] ?? '';
    return name === '' ? `${word} feature 0x${(2 ** bit).toString(16)}` : name;
}
/** @throws Failure for a filesystem whose files cannot be found or read by an offline reader */
function assertReadableFeatures(superblock) {
    const features = parseFeatures(superblock);
    if (features.includes('needs_recovery')) {
        throw new errors_Failure('the ext4 filesystem was not unmounted cleanly: its journal must be replayed', {
            fix: 'run e2fsck -f on it, or use another base',
        });
    }
    const incompatible = new Set(featureNames.incompatible.filter((name) => name !== '' && !readable.has(name)));
    const unreadable = features.filter((name) => incompatible.has(name) || name.startsWith('incompatible feature'));
    if (unreadable.length === 0)
        return;
    const without = unreadable.map((name) => `^${name}`).join(',');
    throw new errors_Failure(`the ext4 filesystem has ${nameFeatures(unreadable)}, which cannot be edited offline`, {
        fix: `create the base's filesystem without ${unreadable.length === 1 ? 'it' : 'them'} (mke2fs -O ${without}), ` +
            'or use another base',
    });
}
/** @throws Failure for a filesystem that can be read, but not edited; `partition` is its number, 0 for a whole disk */
function assertEditable(features, partition) {
    const found = features.filter((name) => uneditable.has(name) || name.startsWith('readOnlyCompatible feature'));
    if (found.length === 0)
        return;
    const isRemovable = found.every((name) => uneditable.get(name) === 'removable');
    const place = partition === 0 ? 'the disk' : `partition ${partition}`;
    throw new Failure(`the ext4 filesystem of ${place} has ${nameFeatures(found)}, which cannot be edited offline`, {
        fix: isRemovable
            ? `remove it from the base: tune2fs -O ${found.map((name) => `^${name}`).join(',')} on ${place}`
            : "create the base's filesystem without it, or use another base",
    });
}
function nameFeatures(names) {
    return `the feature${names.length === 1 ? '' : 's'} ${names.join(' and ')}`;
}

;// CONCATENATED MODULE: ./build/disk/ext4-superblock.js


const magic = 0xef53;
const has64bit = 0x80;
/** Whether a partition holds an ext2, ext3 or ext4 filesystem. */
async function isExt4(partition) {
    return partition.size >= 4096 && isExt4Superblock(await partition.read(0, 4096));
}
/** Like `isExt4`, given the first bytes of a partition. */
function isExt4Superblock(start) {
    return start.length >= 2048 && start.readUInt16LE(1024 + 0x38) === magic;
}
/** @throws Failure if the filesystem cannot be read, or was not unmounted cleanly */
function parseSuperblock(superblock, partitionSize) {
    if (superblock.readUInt16LE(0x38) !== magic)
        throw new errors_Failure('not an ext4 filesystem');
    assertReadableFeatures(superblock);
    const is64bit = uses64bit(superblock);
    const blockSize = 2 ** (10 + superblock.readUInt32LE(0x18));
    const blockCount = superblock.readUInt32LE(0x4) + (is64bit ? superblock.readUInt32LE(0x150) * 2 ** 32 : 0);
    const inodeSize = superblock.readUInt32LE(0x4c) === 0 ? 128 : superblock.readUInt16LE(0x58);
    const geometry = {
        blockSize,
        blockCount,
        inodeSize,
        inodeCount: superblock.readUInt32LE(0),
        inodesPerGroup: superblock.readUInt32LE(0x28),
        descriptorSize: is64bit ? superblock.readUInt16LE(0xfe) : 32,
        // bigalloc counts from block 0 also if blocks of 1,024 bytes put the superblock into block 1.
        descriptorsAt: (Math.max(superblock.readUInt32LE(0x14), blockSize === 1024 ? 1 : 0) + 1) * blockSize,
    };
    if (!isSane(geometry, partitionSize))
        throw new errors_Failure('the ext4 superblock is damaged', { fix: 'run e2fsck -f on it, or use another base' });
    return geometry;
}
function isSane(geometry, partitionSize) {
    const { blockSize, inodeSize, descriptorSize } = geometry;
    return (blockSize <= 65536 &&
        geometry.blockCount * blockSize <= partitionSize &&
        geometry.inodesPerGroup > 0 &&
        inodeSize >= 128 &&
        inodeSize <= blockSize &&
        descriptorSize >= 32 &&
        descriptorSize <= 1024);
}
function uses64bit(superblock) {
    return (superblock.readUInt32LE(0x60) & has64bit) !== 0;
}
/** Free blocks without root's reserve. */
function countFree(superblock) {
    const [reserved = 0, free = 0] = [
        [0x8, 0x154],
        [0xc, 0x158],
    ].map(([low, high]) => superblock.readUInt32LE(low) + (uses64bit(superblock) ? superblock.readUInt32LE(high) * 2 ** 32 : 0));
    return Math.max(0, free - reserved);
}

;// CONCATENATED MODULE: ./build/disk/ext4-xattrs.js
const attributesMagic = 0xea02_0000;
const blockHeaderSize = 32;
const entryHeaderSize = 16;
/** Names that the disk stores as a number. Source: Linux, fs/ext4/xattr.h. */
const prefixes = {
    1: 'user.',
    2: 'system.posix_acl_access',
    3: 'system.posix_acl_default',
    4: 'trusted.',
    6: 'security.',
    7: 'system.',
};
/** Reads the attributes in an inode. @param inode all its bytes, not only the first 128 */
function parseInodeAttributes(inode) {
    if (inode.length < 132)
        return new Map();
    const start = 128 + inode.readUInt16LE(128);
    if (start + 4 > inode.length || inode.readUInt32LE(start) !== attributesMagic)
        return new Map();
    const area = inode.subarray(start + 4);
    return parseEntries(area, area);
}
/** Reads a block of attributes. */
function parseBlockAttributes(block) {
    if (block.length < blockHeaderSize || block.readUInt32LE(0) !== attributesMagic)
        return new Map();
    return parseEntries(block.subarray(blockHeaderSize), block);
}
/**
 * Entries end with four zero bytes, or at the first that points outside of its area. Values in an inode of their own
 * (ea_inode) are skipped: those are larger than a label or an ACL.
 * @param values what value offsets are relative to
 */
function parseEntries(entries, values) {
    const attributes = new Map();
    for (let at = 0; at + entryHeaderSize <= entries.length && entries.readUInt32LE(at) !== 0;) {
        const nameLength = entries.readUInt8(at);
        const prefix = prefixes[entries.readUInt8(at + 1)];
        const offset = entries.readUInt16LE(at + 2);
        const inode = entries.readUInt32LE(at + 4);
        const size = entries.readUInt32LE(at + 8);
        const end = at + entryHeaderSize + nameLength;
        if (end > entries.length || (inode === 0 && offset + size > values.length))
            break;
        if (prefix !== undefined && inode === 0)
            attributes.set(prefix + entries.toString('latin1', at + entryHeaderSize, end), Buffer.from(values.subarray(offset, offset + size)));
        at += Math.ceil((entryHeaderSize + nameLength) / 4) * 4;
    }
    return attributes;
}

;// CONCATENATED MODULE: ./build/disk/ext4-attribute-block.js


/** Source: Linux, fs/ext4/xattr.h, ext4_xattr_header. */
const at = { references: 4, checksum: 16, entries: 32 };
const ext4_attribute_block_entryHeaderSize = 16;
/**
 * @param seed of the filesystem's checksums; undefined if it has none
 * @throws Failure if it is not such a block, has values in inodes of their own, or cannot be named in a block map
 */
function parseAttributeBlock(number, block, seed) {
    if (block.length < at.entries || block.readUInt32LE(0) !== attributesMagic)
        throw new errors_Failure(`block ${number} of the ext4 filesystem is not a block of extended attributes`);
    if (number > 0xffff_ffff)
        throw new errors_Failure(`block ${number} of the ext4 filesystem is beyond 32 bits`);
    if (hasValueInodes(block))
        throw new errors_Failure(`block ${number} of the ext4 filesystem has extended attributes in separate inodes`);
    return {
        number,
        references: block.readUInt32LE(at.references),
        changeReferences: (references) => {
            const changed = Buffer.from(block);
            changed.writeUInt32LE(references, at.references);
            if (seed !== undefined)
                changed.writeUInt32LE(checksumOf(number, changed, seed), at.checksum);
            return new Map([...changed].flatMap((byte, offset) => (byte === block[offset] ? [] : [[offset, byte]])));
        },
    };
}
function hasValueInodes(block) {
    for (let entry = at.entries; entry + ext4_attribute_block_entryHeaderSize <= block.length && block.readUInt32LE(entry) !== 0;) {
        if (block.readUInt32LE(entry + 4) !== 0)
            return true;
        entry += Math.ceil((ext4_attribute_block_entryHeaderSize + block.readUInt8(entry)) / 4) * 4;
    }
    return false;
}
/** Of its place and its bytes, with zeros for the checksum itself. Source: Linux, ext4_xattr_block_csum. */
function checksumOf(number, block, seed) {
    const place = Buffer.alloc(8);
    place.writeBigUInt64LE(BigInt(number));
    const bytes = Buffer.from(block);
    bytes.writeUInt32LE(0, at.checksum);
    return crc32c(bytes, crc32c(place, seed));
}
/** CRC-32C without the final inversion, as ext4 has it. */
function crc32c(bytes, seed) {
    let crc = seed >>> 0;
    for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++)
            crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : 0x82f6_3b78);
    }
    return crc >>> 0;
}
const metadataChecksums = 0x400;
const storedSeed = 0x2000;
/** The seed of a filesystem's checksums; undefined if it has none. Source: Linux, ext4_init_metadata_csum. */
function parseChecksumSeed(superblock) {
    if ((superblock.readUInt32LE(0x64) & metadataChecksums) === 0)
        return undefined;
    if ((superblock.readUInt32LE(0x60) & storedSeed) !== 0)
        return superblock.readUInt32LE(0x270);
    return crc32c(superblock.subarray(0x68, 0x78), 0xffff_ffff);
}

;// CONCATENATED MODULE: external "node:timers/promises"
const external_node_timers_promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
;// CONCATENATED MODULE: ./build/disk/work-budget.js



/** Reading a regular image costs less than twice the size of its disk. */
const disksPerImage = 3;
const minLimitBytes = 4 * 1024 ** 3;
/** The minimum cost of any step. */
const stepBytes = 256;
const bytesPerTurn = 4 * 1024 ** 2;
function createWorkBudget(disk, limitBytes = Math.max(minLimitBytes, disksPerImage * disk.size)) {
    let spent = 0;
    let sinceTurn = 0;
    return {
        spend: async (bytes) => {
            spent += stepBytes + bytes;
            sinceTurn += stepBytes + bytes;
            if (spent > limitBytes)
                throw new errors_Failure(`reading the image's files takes more than ${formatBytes(limitBytes)}, ` +
                    `although its disk has only ${formatBytes(disk.size)}`, { fix: 'remove files with very many hard links and large sparse files from the image, or use another base' });
            if (sinceTurn < bytesPerTurn)
                return;
            sinceTurn = 0;
            await (0,external_node_timers_promises_namespaceObject.setImmediate)();
            disk.assertOpen?.();
        },
    };
}

;// CONCATENATED MODULE: ./build/disk/ext4-reader.js






const rootInode = 2;
const hasExtents = 0x40;
const inodeFlag = { inlineData: 0x1000_0000, extents: 0x8_0000, encrypted: 0x800 };
const kinds = { 0x4000: 'directory', 0x8000: 'file', 0xa000: 'link' };
const extentMagic = 0xf30a;
const uninitialised = 32768;
const maxDirectoryBytes = 4 * 1024 ** 2;
const maxRuns = 500_000;
const pieceSize = 4 * 1024 ** 2;
/** @throws Failure if the filesystem cannot be read, or was not unmounted cleanly */
async function openExt4(partition, budget = createWorkBudget(partition)) {
    const superblock = await partition.read(1024, 1024);
    return new Ext4(superblock, parseSuperblock(superblock, partition.size), new BlockCache(partition, budget));
}
class Ext4 {
    label;
    uuid;
    blockSize;
    lastWrite;
    hasExtents;
    features;
    size;
    freeBytes;
    #geometry;
    #checksumSeed;
    #blocks;
    constructor(superblock, geometry, blocks) {
        this.label = superblock.toString('utf8', 0x78, 0x88).replace(/\0.*$/s, '');
        this.uuid = superblock.toString('hex', 0x68, 0x78).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
        this.blockSize = geometry.blockSize;
        this.lastWrite = superblock.readUInt32LE(0x30);
        this.hasExtents = (superblock.readUInt32LE(0x60) & hasExtents) !== 0;
        this.features = parseFeatures(superblock);
        this.size = geometry.blockCount * geometry.blockSize;
        this.freeBytes = countFree(superblock) * geometry.blockSize;
        this.#geometry = geometry;
        this.#checksumSeed = parseChecksumSeed(superblock);
        this.#blocks = blocks;
    }
    async getInode(number) {
        return parseInode(number, await this.#blocks.read(await this.#locateInode(number), 128));
    }
    /** The inode's position in the partition, in bytes. */
    async #locateInode(number) {
        const { blockSize, inodeCount, inodesPerGroup, inodeSize, descriptorsAt, descriptorSize } = this.#geometry;
        if (number < 1 || number > inodeCount)
            throw new errors_Failure(`the ext4 filesystem is damaged: inode ${number} does not exist`);
        const group = Math.floor((number - 1) / inodesPerGroup);
        const descriptor = await this.#blocks.read(descriptorsAt + group * descriptorSize, descriptorSize);
        const table = descriptor.readUInt32LE(8) + (descriptorSize >= 64 ? descriptor.readUInt32LE(0x28) * 2 ** 32 : 0);
        return table * blockSize + ((number - 1) % inodesPerGroup) * inodeSize;
    }
    async readAttributes({ number, attributeBlock }) {
        const inode = await this.#blocks.read(await this.#locateInode(number), this.#geometry.inodeSize);
        const inBlock = attributeBlock === 0 ? [] : parseBlockAttributes(await this.#readBlock(attributeBlock));
        return new Map([...parseInodeAttributes(inode), ...inBlock]);
    }
    async readAttributeBlock({ attributeBlock }) {
        return parseAttributeBlock(attributeBlock, await this.#readBlock(attributeBlock), this.#checksumSeed);
    }
    async readDirectory(inode) {
        if (inode.kind !== 'directory')
            throw new errors_Failure(`inode ${inode.number} is not a directory`);
        return parseDirectory(await collect(this.readContent(inode), inode, maxDirectoryBytes), this.blockSize);
    }
    async readLink(inode) {
        return inode.size < 60
            ? inode.blockMap.toString('utf8', 0, inode.size)
            : (await collect(this.readContent(inode), inode, 4096)).toString('utf8');
    }
    async *readContent(inode) {
        let done = 0;
        for (const run of await this.listRuns(inode)) {
            const from = Math.max(run.first * this.blockSize, done);
            const to = Math.min((run.first + run.count) * this.blockSize, inode.size);
            yield* this.#zeros(Math.min(from, inode.size) - done);
            for (let at = from; at < to; at += pieceSize) {
                const length = Math.min(pieceSize, to - at);
                if (run.start === undefined || !run.isWritten)
                    yield* this.#zeros(length);
                else
                    yield await this.#blocks.read(run.start * this.blockSize + at - run.first * this.blockSize, length);
            }
            done = Math.max(done, to);
        }
        yield* this.#zeros(inode.size - done);
    }
    async listRuns(inode) {
        if ((inode.flags & (inodeFlag.inlineData | inodeFlag.encrypted)) !== 0) {
            throw new errors_Failure(`inode ${inode.number} is inline or encrypted and cannot be read offline`);
        }
        const runs = (inode.flags & inodeFlag.extents) !== 0
            ? await this.#readExtents(inode.blockMap, 5)
            : await this.#readBlockMap(inode);
        return [...runs].sort((a, b) => a.first - b.first);
    }
    async #readExtents(node, deepest) {
        const entries = node.readUInt16LE(2);
        const depth = node.readUInt16LE(6);
        if (node.readUInt16LE(0) !== extentMagic || depth > deepest || 12 + entries * 12 > node.length) {
            throw new errors_Failure('the ext4 filesystem is damaged: a broken extent tree');
        }
        const records = Array.from({ length: entries }, (_, index) => node.subarray(12 + index * 12, 24 + index * 12));
        if (depth === 0)
            return records.map(parseExtent);
        const children = [];
        for (const record of records) {
            const child = await this.#readBlock(record.readUInt32LE(4) + record.readUInt16LE(8) * 2 ** 32);
            const runs = await this.#readExtents(child, depth - 1);
            // Without this check a few blocks that name each other and nothing else make a tree of billions of nodes.
            if (runs.length === 0)
                throw new errors_Failure('the ext4 filesystem is damaged: an empty node in an extent tree');
            for (const run of runs)
                children.push(run);
            assertRunCount(children);
        }
        return children;
    }
    /** The block map of ext2 and ext3: twelve direct blocks, then one, two and three levels of tables. */
    async #readBlockMap(inode) {
        const runs = [];
        const wanted = Math.ceil(inode.size / this.blockSize);
        const perTable = this.blockSize / 4;
        let next = 0;
        const visit = async (block, level) => {
            if (next >= wanted)
                return;
            if (level === 0 || block === 0) {
                const count = perTable ** level;
                runs.push({ first: next, count, start: block === 0 ? undefined : block, isWritten: true });
                assertRunCount(runs);
                next += count;
                return;
            }
            const table = await this.#readBlock(block);
            for (let index = 0; index < perTable && next < wanted; index++)
                await visit(table.readUInt32LE(index * 4), level - 1);
        };
        for (let index = 0; index < 15; index++)
            await visit(inode.blockMap.readUInt32LE(index * 4), Math.max(0, index - 11));
        return runs;
    }
    async #readBlock(block) {
        return this.#blocks.read(block * this.blockSize, this.blockSize);
    }
    async *#zeros(length) {
        for (let rest = length; rest > 0; rest -= pieceSize) {
            const piece = Math.min(rest, pieceSize);
            await this.#blocks.budget.spend(piece);
            yield Buffer.alloc(piece);
        }
    }
}
/** A cluster of qcow2, which QEMU decompresses as a whole for each request. */
const windowBytes = 64 * 1024;
const maxWindows = 1024;
/** Metadata, directories and small files lie close together, so whole windows are read and kept. */
class BlockCache {
    budget;
    #partition;
    #windows = new Map();
    constructor(partition, budget) {
        this.#partition = partition;
        this.budget = budget;
    }
    async read(offset, length) {
        if (offset < 0 || offset + length > this.#partition.size)
            throw new errors_Failure('the ext4 filesystem is damaged: a block is outside the filesystem');
        await this.budget.spend(length);
        const index = Math.floor(offset / windowBytes);
        const start = index * windowBytes;
        if (offset + length > start + windowBytes)
            return this.#partition.read(offset, length);
        return (await this.#getWindow(index)).subarray(offset - start, offset - start + length);
    }
    async #getWindow(index) {
        const known = this.#windows.get(index);
        if (known !== undefined)
            return known;
        const start = index * windowBytes;
        const loading = this.#partition.read(start, Math.min(windowBytes, this.#partition.size - start));
        this.#windows.set(index, loading);
        const [oldest] = this.#windows.keys();
        if (this.#windows.size > maxWindows && oldest !== undefined)
            this.#windows.delete(oldest);
        return loading;
    }
}
function parseInode(number, raw) {
    const mode = raw.readUInt16LE(0);
    return {
        number,
        kind: kinds[mode & 0xf000] ?? 'other',
        mode: mode & 0o7777,
        uid: raw.readUInt16LE(2) + raw.readUInt16LE(0x78) * 65536,
        gid: raw.readUInt16LE(0x18) + raw.readUInt16LE(0x7a) * 65536,
        size: raw.readUInt32LE(4) + raw.readUInt32LE(0x6c) * 2 ** 32,
        modified: raw.readUInt32LE(0x10),
        links: raw.readUInt16LE(0x1a),
        flags: raw.readUInt32LE(0x20),
        attributeBlock: raw.readUInt32LE(0x68) + raw.readUInt16LE(0x76) * 2 ** 32,
        blockMap: Buffer.from(raw.subarray(0x28, 0x28 + 60)),
    };
}
function parseExtent(record) {
    const length = record.readUInt16LE(4);
    const start = record.readUInt32LE(8) + record.readUInt16LE(6) * 2 ** 32;
    const first = record.readUInt32LE(0);
    const isWritten = length <= uninitialised;
    return { first, count: isWritten ? length : length - uninitialised, start, isWritten };
}
function assertRunCount(runs) {
    if (runs.length > maxRuns)
        throw new errors_Failure(`the ext4 filesystem has a file with more than ${maxRuns} extents`);
}
async function collect(content, inode, largest) {
    if (inode.size > largest)
        throw new errors_Failure(`inode ${inode.number} of ${inode.size} bytes is larger than ${largest} bytes`);
    const pieces = [];
    for await (const piece of content)
        pieces.push(piece);
    return Buffer.concat(pieces);
}
/** Also reads hashed directories: their index blocks look like one unused entry. */
function parseDirectory(content, blockSize) {
    const entries = [];
    for (let at = 0; at + 8 <= content.length;) {
        const inode = content.readUInt32LE(at);
        const length = content.readUInt16LE(at + 4);
        const nameLength = content.readUInt8(at + 6);
        if (length < 8 || length % 4 !== 0 || (at % blockSize) + length > blockSize || nameLength + 8 > length) {
            throw new errors_Failure('the ext4 filesystem is damaged: a broken directory');
        }
        const name = content.toString('utf8', at + 8, at + 8 + nameLength);
        if (inode !== 0 && name !== '.' && name !== '..')
            entries.push({ name: assertName(name), inode });
        at += length;
    }
    return entries;
}
function assertName(name) {
    if (name === '' || name.includes('/') || name.includes('\0'))
        throw new errors_Failure('the ext4 filesystem is damaged: an invalid file name');
    return name;
}

;// CONCATENATED MODULE: ./build/disk/identify-filesystem.js
const identify_filesystem_text = (value) => Buffer.from(value, 'latin1');
const identify_filesystem_hex = (value) => Buffer.from(value, 'hex');
/** Source: util-linux, libblkid/src/superblocks. */
const signatures = [
    { name: 'XFS', offset: 0, bytes: identify_filesystem_text('XFSB'), holdsRoot: true },
    { name: 'btrfs', offset: 0x10040, bytes: identify_filesystem_text('_BHRfS_M'), holdsRoot: true },
    { name: 'LVM', offset: 512, bytes: identify_filesystem_text('LABELONE'), holdsRoot: true },
    { name: 'LUKS (encrypted)', offset: 0, bytes: identify_filesystem_hex('4c554b53babe'), holdsRoot: true },
    { name: 'F2FS', offset: 1024, bytes: identify_filesystem_hex('1020f5f2'), holdsRoot: true },
    { name: 'bcachefs', offset: 4096 + 24, bytes: identify_filesystem_hex('c68573f64e1a45ca8265f57f48ba6d81'), holdsRoot: true },
    { name: 'JFS', offset: 0x8000, bytes: identify_filesystem_text('JFS1'), holdsRoot: true },
    { name: 'ReiserFS', offset: 0x10034, bytes: identify_filesystem_text('ReIsEr'), holdsRoot: true },
    { name: 'SquashFS', offset: 0, bytes: identify_filesystem_text('hsqs'), holdsRoot: true },
    { name: 'EROFS', offset: 1024, bytes: identify_filesystem_hex('e2e1f5e0'), holdsRoot: true },
    { name: 'NTFS', offset: 3, bytes: identify_filesystem_text('NTFS    '), holdsRoot: false },
    { name: 'exFAT', offset: 3, bytes: identify_filesystem_text('EXFAT   '), holdsRoot: false },
    { name: 'FAT', offset: 82, bytes: identify_filesystem_text('FAT32   '), holdsRoot: false },
    { name: 'FAT', offset: 54, bytes: identify_filesystem_text('FAT1'), holdsRoot: false },
    { name: 'ISO 9660', offset: 0x8001, bytes: identify_filesystem_text('CD001'), holdsRoot: false },
    { name: 'swap', offset: 4086, bytes: identify_filesystem_text('SWAPSPACE2'), holdsRoot: false },
];
/** Enough bytes for every signature. */
const signatureBytes = 0x10040 + 8;
/**
 * Identifies the content of a partition or disk, except ext4; undefined if it is unknown.
 * @param start the first `signatureBytes`, or less if there is less
 */
function identifyContent(start) {
    return signatures.find(({ offset, bytes }) => start.subarray(offset, offset + bytes.length).equals(bytes));
}
/** Like `identifyContent`, but reads the partition. */
async function readContentKind(partition) {
    return identifyContent(await partition.read(0, Math.min(signatureBytes, partition.size)));
}

;// CONCATENATED MODULE: ./build/disk/guest-files.js



const maxLinks = 40;
/** Path components for one lookup, links included. Each is a directory to read, and a hostile one has megabytes. */
const maxNames = 256;
const maxPathLength = 4096;
const maxTextBytes = 16 * 1024 ** 2;
/**
 * A distribution with all its desktops has half a million. A small hostile image can have billions, in shared blocks.
 */
const maxFiles = 2_000_000;
function openGuestFiles(mounts) {
    const root = mounts.find((mount) => mount.path === '/');
    if (root === undefined)
        throw new errors_Failure('the guest has no root filesystem');
    const tryStat = async (path) => walk(mounts, path, false, { links: maxLinks, names: maxNames });
    const tryResolve = async (path) => walk(mounts, path, true, { links: maxLinks, names: maxNames });
    const read = async (path, maxBytes) => {
        const file = await tryResolve(path);
        if (file?.inode.kind !== 'file')
            throw new errors_Failure(`the image has no file ${path}`);
        if (file.inode.size > maxBytes)
            throw new errors_Failure(`${path} in the image is too large: ${file.inode.size} bytes (limit: ${maxBytes})`);
        const pieces = [];
        for await (const piece of file.mount.filesystem.readContent(file.inode))
            pieces.push(piece);
        return Buffer.concat(pieces);
    };
    return {
        tryStat,
        tryResolve,
        list: async (path) => {
            const directory = await tryResolve(path);
            const files = [];
            if (directory?.inode.kind === 'directory')
                for await (const file of childrenOf(mounts, directory))
                    files.push(file);
            return files;
        },
        walk: async function* (path) {
            const directory = await tryResolve(path);
            if (directory?.inode.kind !== 'directory')
                return;
            let files = 0;
            for await (const file of walkDirectory(mounts, directory, new Set())) {
                if (++files > maxFiles)
                    throw new errors_Failure(`the image has more than ${maxFiles} files below ${path}`);
                yield file;
            }
        },
        read,
        tryReadText: async (path) => {
            const file = await tryResolve(path);
            return file?.inode.kind === 'file' ? (await read(path, maxTextBytes)).toString('utf8') : undefined;
        },
        content: (file) => file.mount.filesystem.readContent(file.inode),
    };
}
/** The entries of a directory by name, one at a time, because a hostile directory has hundreds of thousands. */
async function* childrenOf(mounts, directory) {
    const entries = [...(await directory.mount.filesystem.readDirectory(directory.inode))].sort((a, b) => a.name < b.name ? -1 : 1);
    for (const entry of entries)
        yield await getChild(mounts, directory, entry.name, entry.inode);
}
/** `seen` ends the walk if a directory contains itself, which a damaged filesystem can have. */
async function* walkDirectory(mounts, directory, seen) {
    if (seen.has(directory.inode.number))
        throw new errors_Failure(`the ext4 filesystem is damaged: ${directory.path} contains itself`);
    seen.add(directory.inode.number);
    for await (const file of childrenOf(mounts, directory)) {
        yield file;
        if (file.inode.kind === 'directory' && file.mount === directory.mount)
            yield* walkDirectory(mounts, file, seen);
    }
}
async function getChild(mounts, directory, name, number) {
    const path = joinPath(directory.path, name);
    if (path.length > maxPathLength)
        throw new errors_Failure(`the image has a path longer than ${maxPathLength} characters`);
    const mount = mounts.find((candidate) => candidate.path === path);
    if (mount !== undefined)
        return getRoot(mount);
    return {
        path,
        mount: directory.mount,
        innerPath: joinPath(directory.innerPath, name),
        inode: await directory.mount.filesystem.getInode(number),
    };
}
async function getRoot(mount) {
    return { path: mount.path, mount, innerPath: '/', inode: await mount.filesystem.getInode(rootInode) };
}
async function walk(mounts, path, followLast, left) {
    const names = path.split('/').filter((name) => name !== '' && name !== '.');
    if (left.links === 0 || names.length > left.names)
        throw new errors_Failure(`too many symbolic links in the path ${format_quoteText(path)} of the image`);
    const root = mounts.find((mount) => mount.path === '/');
    if (root === undefined)
        return undefined;
    let at = await getRoot(root);
    for (const [index, name] of names.entries()) {
        const rest = { ...left, names: left.names - index - 1 };
        if (name === '..')
            return walk(mounts, joinPath(parentOf(at.path), names.slice(index + 1).join('/')), followLast, rest);
        if (at.inode.kind !== 'directory')
            return undefined;
        const entry = (await at.mount.filesystem.readDirectory(at.inode)).find((candidate) => candidate.name === name);
        if (entry === undefined)
            return undefined;
        const child = await getChild(mounts, at, name, entry.inode);
        const isLast = index === names.length - 1;
        if (child.inode.kind === 'link' && (followLast || !isLast)) {
            const target = await child.mount.filesystem.readLink(child.inode);
            const start = target.startsWith('/') ? target : joinPath(at.path, target);
            return walk(mounts, joinPath(start, names.slice(index + 1).join('/')), followLast, {
                ...rest,
                links: rest.links - 1,
            });
        }
        at = child;
    }
    return at;
}
function joinPath(directory, name) {
    return name === '' ? directory : `${directory.replace(/\/$/, '')}/${name}`;
}
function parentOf(path) {
    return path.slice(0, path.lastIndexOf('/')) || '/';
}

;// CONCATENATED MODULE: ./build/disk/partition-table.js

const gptSignature = 'EFI PART';
const maxEntries = 1024;
const mbrProtective = 'EE';
const mbrExtended = new Set(['05', '0F', '85']);
/**
 * The partitions of a disk, sorted by offset: GPT with sectors of 512 or 4096 bytes, or primary partitions of an MBR.
 * Empty if the disk has no partition table. Source: UEFI specification 2.10, section 5.
 * @throws Failure if the table is damaged
 */
async function readPartitions(disk) {
    if (disk.size < 64 * 1024)
        return [];
    for (const sector of [512, 4096]) {
        const header = await disk.read(sector, 92);
        if (header.toString('latin1', 0, 8) === gptSignature)
            return readGpt(disk, header, sector);
    }
    return parseMbr(await disk.read(0, 512), disk.size);
}
async function readGpt(disk, header, sector) {
    const entriesAt = Number(header.readBigUInt64LE(72)) * sector;
    const count = header.readUInt32LE(80);
    const entrySize = header.readUInt32LE(84);
    if (count > maxEntries || entrySize < 128 || entrySize > 4096 || entriesAt + count * entrySize > disk.size) {
        throw new errors_Failure('the GPT header is damaged: its partition entries are outside the disk', refetchFix);
    }
    const entries = await disk.read(entriesAt, count * entrySize);
    return Array.from({ length: count }, (_, index) => entries.subarray(index * entrySize, (index + 1) * entrySize))
        .map((entry, index) => parseGptEntry(entry, index + 1, sector))
        .filter((partition) => partition !== undefined)
        .map((partition) => assertBounds(partition, disk.size))
        .sort((a, b) => a.start - b.start);
}
function parseGptEntry(entry, number, sector) {
    if (entry.subarray(0, 16).every((byte) => byte === 0))
        return undefined;
    const first = Number(entry.readBigUInt64LE(32));
    const last = Number(entry.readBigUInt64LE(40));
    return {
        number,
        start: first * sector,
        length: (last - first + 1) * sector,
        type: formatGuid(entry.subarray(0, 16)),
    };
}
/** GUIDs are stored with their first three fields in little endian. */
function formatGuid(bytes) {
    const hex = (from, to) => bytes.toString('hex', from, to);
    const reversed = (from, to) => Buffer.from(bytes.subarray(from, to)).reverse().toString('hex');
    return [reversed(0, 4), reversed(4, 6), reversed(6, 8), hex(8, 10), hex(10, 16)].join('-').toUpperCase();
}
function parseMbr(sector, diskSize) {
    if (sector.readUInt16LE(510) !== 0xaa55 || !hasEntries(sector))
        return [];
    return [0, 1, 2, 3]
        .map((index) => ({ index, entry: sector.subarray(446 + index * 16, 462 + index * 16) }))
        .map(({ index, entry }) => ({
        number: index + 1,
        start: entry.readUInt32LE(8) * 512,
        length: entry.readUInt32LE(12) * 512,
        type: entry.toString('hex', 4, 5).toUpperCase(),
    }))
        .filter(({ type, length }) => type !== '00' && type !== mbrProtective && !mbrExtended.has(type) && length > 0)
        .filter(({ start, length }) => start > 0 && start + length <= diskSize)
        .sort((a, b) => a.start - b.start);
}
/**
 * The boot sector of a filesystem without partitions has the same signature, and code instead of the entries.
 * Distinguishes them as Linux does (block/partitions/msdos.c).
 */
function hasEntries(sector) {
    return [0, 1, 2, 3].every((index) => (sector.readUInt8(446 + index * 16) & 0x7f) === 0);
}
const refetchFix = { fix: 'fetch the base again, or use another one' };
function assertBounds(partition, diskSize) {
    const { number, start, length } = partition;
    if (start <= 0 || length <= 0 || start + length > diskSize) {
        throw new errors_Failure(`the GPT is damaged: partition ${number} is outside the disk`, refetchFix);
    }
    return partition;
}

;// CONCATENATED MODULE: ./build/disk/open-guest.js









/** The partitions that a guest mounts, root first. */
function partitionsOf({ root, boot }) {
    return boot === undefined ? [root] : [root, boot];
}
const linuxRootX86 = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709';
const rootLabel = 'cloudimg-rootfs';
const lvmType = new Set(['E6D6D379-F507-44C2-A23C-238F2A3DF928', '8E']);
/**
 * Finds the root and boot filesystems by their content, never by partition number. noble has `/boot` on partition 16;
 * other releases have it on a different one or in the root filesystem.
 * @throws Failure without a root, or with more than one candidate
 */
async function openGuest(disk, budget = createWorkBudget(disk)) {
    const partitions = await readPartitions(disk);
    const whole = { number: 0, start: 0, length: disk.size, type: '' };
    const places = partitions.length === 0 ? [whole] : partitions;
    const candidates = await findFilesystems(disk, places, budget);
    const rootCandidate = await tryChooseRoot(candidates);
    if (rootCandidate === undefined)
        throw await createNoRootFailure(disk, places);
    const bootCandidate = await tryFindBoot(candidates.filter((candidate) => candidate !== rootCandidate), rootCandidate);
    for (const own of [rootCandidate, bootCandidate])
        if (own !== undefined)
            assertUniqueLabel(own, candidates);
    const root = toGuest(rootCandidate, '/');
    const boot = bootCandidate === undefined ? undefined : toGuest(bootCandidate, '/boot');
    return { root, boot, files: openGuestFiles([root, ...(boot === undefined ? [] : [boot])].map((part) => part.mount)) };
}
function toGuest(candidate, path) {
    return { partition: candidate.partition, mount: { path, filesystem: candidate.filesystem } };
}
/** A guest that mounts by label takes whichever of two partitions it finds first. */
function assertUniqueLabel({ partition, filesystem: { label } }, candidates) {
    const same = candidates.find((other) => label !== '' && other.partition !== partition && other.filesystem.label === label);
    if (same === undefined)
        return;
    const numbers = [partition.number, same.partition.number].sort((a, b) => a - b).join(' and ');
    throw new errors_Failure(`the image's partitions ${numbers} have the same label ${format_quoteText(label)}: the guest could mount either`, {
        fix: 'in the base, change the label of the partition that is not mounted: e2label <device> <label>',
    });
}
async function findFilesystems(disk, partitions, budget) {
    const found = [];
    for (const partition of partitions) {
        const slice = sliceReader(disk, partition.start, partition.length);
        if (await isExt4(slice))
            found.push({ partition, filesystem: await openExt4(slice, budget) });
    }
    return found;
}
async function tryChooseRoot(candidates) {
    const roots = await filterAsync(candidates, async (candidate) => holds(candidate, '/etc/fstab', '/usr/lib/os-release', '/etc/os-release'));
    const [first, ...others] = roots;
    if (first === undefined || others.length === 0)
        return first;
    const preferred = roots.filter((root) => root.partition.type === linuxRootX86 || root.filesystem.label === rootLabel);
    const [only, ...more] = preferred;
    if (only !== undefined && more.length === 0)
        return only;
    const numbers = roots.map((root) => root.partition.number).join(' and ');
    throw new errors_Failure(`the image has ${roots.length} root filesystems: partitions ${numbers}`, {
        fix: `label the right one ${rootLabel}, or set its GPT type to ${linuxRootX86}`,
    });
}
/** Names a root filesystem that is not ext4, if there is one. */
async function createNoRootFailure(disk, partitions) {
    const found = [];
    for (const partition of partitions) {
        const content = await readContentKind(sliceReader(disk, partition.start, partition.length));
        const name = content?.holdsRoot === true ? content.name : lvmType.has(partition.type) ? 'LVM' : undefined;
        if (name !== undefined)
            found.push(partition.number === 0 ? `the disk has ${name}` : `partition ${partition.number} has ${name}`);
    }
    const what = found.length === 0 ? '' : `: ${found.join(', ')} (supported: ext4)`;
    return new errors_Failure(`the image has no ext4 root filesystem${what}`, {
        fix: 'use a cloud image with a plain ext4 root partition, such as those of Ubuntu and Debian',
    });
}
/** A boot partition has a kernel in its top directory. Kernels in the root filesystem take precedence. */
async function tryFindBoot(others, root) {
    const inRoot = await openGuestFiles([toGuest(root, '/').mount]).list('/boot');
    if (inRoot.some((file) => file.path.includes('/vmlinuz-')))
        return undefined;
    const [boot, ...more] = await filterAsync(others, async (candidate) => {
        const top = await openGuestFiles([toGuest(candidate, '/').mount]).list('/');
        return top.some((file) => file.path.startsWith('/vmlinuz-'));
    });
    if (more.length > 0)
        throw new errors_Failure('the image has more than one boot partition with a kernel');
    return boot;
}
async function holds(candidate, ...paths) {
    const files = openGuestFiles([toGuest(candidate, '/').mount]);
    const stats = await Promise.all(paths.map(async (path) => files.tryStat(path)));
    return stats.some((file) => file !== undefined);
}
async function filterAsync(items, keep) {
    const kept = await Promise.all(items.map(keep));
    return items.filter((_, index) => kept[index] === true);
}

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");
;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");
;// CONCATENATED MODULE: external "node:stream/consumers"
const consumers_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/consumers");
;// CONCATENATED MODULE: external "node:stream/promises"
const external_node_stream_promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/promises");
;// CONCATENATED MODULE: ./build/platform/fs/system-errors.js


const fullDisk = /No space left on device|Disk quota exceeded/i;
const freeSpace = 'free some space on that filesystem';
/** The fix if the full disk is that of the work directory. */
const freeWorkSpaceFix = 'free some space on the filesystem of the work directory';
const badDisk = 'check the kernel log (dmesg): the disk may be failing';
/** Adds the path to errors of an open file, in which Node leaves it out. @throws Failure instead of such an error */
async function system_errors_withPathInErrors(path, work, fixWhenFull = freeSpace) {
    return work().catch((error) => {
        throw isSystemError(error) && error.path === undefined ? systemFailure(error, `: ${path}`, fixWhenFull) : error;
    });
}
/**
 * Turns an error of a system call into a failure: it is not a bug, so it needs no stack. If the disk is full, which
 * tools report in their last lines, the failure has a fix. Anything else is returned unchanged.
 */
function toFailure(error) {
    if (isSystemError(error))
        return systemFailure(error, '', freeSpace);
    if (!(error instanceof Failure) || error.fix !== undefined)
        return error;
    const line = error.evidence.find((one) => fullDisk.test(one));
    return line === undefined
        ? error
        : new Failure(`the disk is full: ${line}`, { fix: freeSpace, evidence: error.evidence, cause: error });
}
function systemFailure(error, where, fixWhenFull) {
    if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes(error.code ?? '')) {
        return new Failure(`${error.message}${where}`, {
            fix: error.code === 'EIO' ? badDisk : undefined,
            cause: error,
        });
    }
    return new Failure(`the disk is full: ${error.message}${where}`, { fix: fixWhenFull, cause: error });
}
/** True for a failed system call. Errors of the network are reported elsewhere. */
function isSystemError(thrown) {
    return types.isNativeError(thrown) && !(thrown instanceof Failure) && 'syscall' in thrown && 'errno' in thrown;
}

;// CONCATENATED MODULE: ./build/platform/fs/files.js
var __addDisposableResource = (undefined && undefined.__addDisposableResource) || function (env, value, async) {
    if (value !== null && value !== void 0) {
        if (typeof value !== "object" && typeof value !== "function") throw new TypeError("Object expected.");
        var dispose, inner;
        if (async) {
            if (!Symbol.asyncDispose) throw new TypeError("Symbol.asyncDispose is not defined.");
            dispose = value[Symbol.asyncDispose];
        }
        if (dispose === void 0) {
            if (!Symbol.dispose) throw new TypeError("Symbol.dispose is not defined.");
            dispose = value[Symbol.dispose];
            if (async) inner = dispose;
        }
        if (typeof dispose !== "function") throw new TypeError("Object not disposable.");
        if (inner) dispose = function() { try { inner.call(this); } catch (e) { return Promise.reject(e); } };
        env.stack.push({ value: value, dispose: dispose, async: async });
    }
    else if (async) {
        env.stack.push({ async: true });
    }
    return value;
};
var __disposeResources = (undefined && undefined.__disposeResources) || (function (SuppressedError) {
    return function (env) {
        function fail(e) {
            env.error = env.hasError ? new SuppressedError(e, env.error, "An error was suppressed during disposal.") : e;
            env.hasError = true;
        }
        var r, s = 0;
        function next() {
            while (r = env.stack.pop()) {
                try {
                    if (!r.async && s === 1) return s = 0, env.stack.push(r), Promise.resolve().then(next);
                    if (r.dispose) {
                        var result = r.dispose.call(r.value);
                        if (r.async) return s |= 2, Promise.resolve(result).then(next, function(e) { fail(e); return next(); });
                    }
                    else s |= 1;
                }
                catch (e) {
                    fail(e);
                }
            }
            if (s === 1) return env.hasError ? Promise.reject(env.error) : Promise.resolve();
            if (env.hasError) throw env.error;
        }
        return next();
    };
})(typeof SuppressedError === "function" ? SuppressedError : function (error, suppressed, message) {
    var e = new Error(message);
    return e.name = "SuppressedError", e.error = error, e.suppressed = suppressed, e;
});








/**
 * The SHA-256 of a file as 64 hexadecimal digits; read as a stream, so memory does not grow with the file.
 * @param onBytes called with the number of bytes of each part that was read
 */
async function sha256OfFile(path, signal, onBytes = () => undefined) {
    const hash = createHash('sha256');
    const count = async function* (parts) {
        for await (const part of parts) {
            onBytes(part.length);
            yield part;
        }
    };
    const source = createReadStream(path, { highWaterMark: 1024 ** 2 });
    await withPathInErrors(path, async () => pipeline(source, count, hash, signal === undefined ? {} : { signal }));
    return hash.digest('hex');
}
/** The first bytes of a file, at most `maxBytes`. Works for a pipe too, which has no size. */
async function readStart(path, maxBytes) {
    return buffer(createReadStream(path, { end: maxBytes - 1 }));
}
/** The SHA-256 of a text or of bytes as 64 hexadecimal digits. */
function files_sha256Of(content) {
    return (0,external_node_crypto_namespaceObject.createHash)('sha256').update(content).digest('hex');
}
/**
 * Fills the buffer from `offset` of a file, unless that ends before. Returns the filled part: read(2) can return less
 * than requested.
 */
async function readFully(file, buffer, offset) {
    let length = 0;
    while (length < buffer.length) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length, offset + length);
        if (bytesRead === 0)
            break;
        length += bytesRead;
    }
    return buffer.subarray(0, length);
}
/** Writes all bytes at `offset`: write(2) can take fewer than it was given. */
async function writeFully(file, bytes, offset) {
    for (let written = 0; written < bytes.length;) {
        written += (await file.write(bytes, written, bytes.length - written, offset + written)).bytesWritten;
    }
}
/** The result of an operation on a path; undefined if the path does not exist. */
async function ifPresent(operation) {
    return operation.catch((error) => {
        if (hasCode(error, 'ENOENT'))
            return undefined;
        throw error;
    });
}
async function pathExists(path) {
    return (0,promises_namespaceObject.access)(path).then(() => true, () => false);
}
/**
 * Replaces a file: a reader sees the old content or the new, even after a crash of the machine. The file gets exactly
 * this mode, whatever the umask.
 */
async function writeFileAtomically(path, content, mode = 0o644) {
    const part = `${path}.part-${process.pid}-${Math.random().toString(36).slice(2)}`;
    try {
        await writeNewFile(part, content, mode);
        await rename(part, path);
    }
    catch (error) {
        await rm(part, { force: true });
        throw error;
    }
    await syncDirectory(dirname(path));
}
async function writeNewFile(path, content, mode) {
    const env_1 = { stack: [], error: void 0, hasError: false };
    try {
        const file = __addDisposableResource(env_1, await open(path, 'wx', mode), true);
        await file.chmod(mode);
        await withPathInErrors(path, async () => file.writeFile(content));
        await file.sync();
    }
    catch (e_1) {
        env_1.error = e_1;
        env_1.hasError = true;
    }
    finally {
        const result_1 = __disposeResources(env_1);
        if (result_1)
            await result_1;
    }
}
/** Makes the names in a directory durable: a rename or a link is lost in a power cut until its directory is synced. */
async function syncDirectory(directory) {
    const env_2 = { stack: [], error: void 0, hasError: false };
    try {
        const handle = __addDisposableResource(env_2, await open(directory, 'r'), true);
        await handle.sync();
    }
    catch (e_2) {
        env_2.error = e_2;
        env_2.hasError = true;
    }
    finally {
        const result_2 = __disposeResources(env_2);
        if (result_2)
            await result_2;
    }
}

;// CONCATENATED MODULE: ./build/disk/raw-file.js



/** Opens a raw file as a disk while `work` runs. */
async function withRawFile(path, work) {
    const file = await (0,promises_namespaceObject.open)(path, 'r');
    try {
        return await work({
            size: (await file.stat()).size,
            read: async (offset, length) => {
                const bytes = await readFully(file, Buffer.alloc(length), offset);
                if (bytes.length !== length)
                    throw new errors_Failure(`the disk ends before ${offset + length} bytes`);
                return bytes;
            },
        });
    }
    finally {
        await file.close();
    }
}

;// CONCATENATED MODULE: ./build/platform/process/privilege-method.js
function isRoot() {
    return process.getuid?.() === 0;
}
/**
 * Undefined if this user cannot become root. Call it only when needed: if sudo is denied, it informs the
 * administrator.
 */
async function tryFindPrivilegeMethod({ processes, }) {
    if (isRoot())
        return 'root';
    if ((await processes.tryFind('sudo')) === undefined)
        return undefined;
    return processes.run({ argv: ['sudo', '-n', 'true'], timeoutMs: 30_000 }).then(() => 'sudo', () => undefined);
}

;// CONCATENATED MODULE: ./build/platform/fs/handle-path.js
/**
 * The path of an open file for this process, even if its name now leads elsewhere: proc_pid_fd(5). Valid while the
 * handle is open.
 */
function handlePath({ fd }) {
    return `/proc/self/fd/${fd}`;
}

;// CONCATENATED MODULE: ./build/platform/fs/socket-path.js
var socket_path_addDisposableResource = (undefined && undefined.__addDisposableResource) || function (env, value, async) {
    if (value !== null && value !== void 0) {
        if (typeof value !== "object" && typeof value !== "function") throw new TypeError("Object expected.");
        var dispose, inner;
        if (async) {
            if (!Symbol.asyncDispose) throw new TypeError("Symbol.asyncDispose is not defined.");
            dispose = value[Symbol.asyncDispose];
        }
        if (dispose === void 0) {
            if (!Symbol.dispose) throw new TypeError("Symbol.dispose is not defined.");
            dispose = value[Symbol.dispose];
            if (async) inner = dispose;
        }
        if (typeof dispose !== "function") throw new TypeError("Object not disposable.");
        if (inner) dispose = function() { try { inner.call(this); } catch (e) { return Promise.reject(e); } };
        env.stack.push({ value: value, dispose: dispose, async: async });
    }
    else if (async) {
        env.stack.push({ async: true });
    }
    return value;
};
var socket_path_disposeResources = (undefined && undefined.__disposeResources) || (function (SuppressedError) {
    return function (env) {
        function fail(e) {
            env.error = env.hasError ? new SuppressedError(e, env.error, "An error was suppressed during disposal.") : e;
            env.hasError = true;
        }
        var r, s = 0;
        function next() {
            while (r = env.stack.pop()) {
                try {
                    if (!r.async && s === 1) return s = 0, env.stack.push(r), Promise.resolve().then(next);
                    if (r.dispose) {
                        var result = r.dispose.call(r.value);
                        if (r.async) return s |= 2, Promise.resolve(result).then(next, function(e) { fail(e); return next(); });
                    }
                    else s |= 1;
                }
                catch (e) {
                    fail(e);
                }
            }
            if (s === 1) return env.hasError ? Promise.reject(env.error) : Promise.resolve();
            if (env.hasError) throw env.error;
        }
        return next();
    };
})(typeof SuppressedError === "function" ? SuppressedError : function (error, suppressed, message) {
    var e = new Error(message);
    return e.name = "SuppressedError", e.error = error, e.suppressed = suppressed, e;
});


/**
 * Gives `work` a short path of a file in a directory, through a handle that is open while `work` runs. A socket's
 * path has at most 107 bytes (unix(7)), and the path of a run directory may be longer.
 */
async function withShortPath(directory, name, work) {
    const env_1 = { stack: [], error: void 0, hasError: false };
    try {
        const handle = socket_path_addDisposableResource(env_1, await (0,promises_namespaceObject.open)(directory, 'r'), true);
        return await work(`${handlePath(handle)}/${name}`);
    }
    catch (e_1) {
        env_1.error = e_1;
        env_1.hasError = true;
    }
    finally {
        const result_1 = socket_path_disposeResources(env_1);
        if (result_1)
            await result_1;
    }
}

;// CONCATENATED MODULE: ./build/platform/process/parent-death-signal.js
/**
 * The kernel kills a process with its parent only if the signal was set before the parent died (prctl(2),
 * PR_SET_PDEATHSIG). A process that was too late has a different parent, and exits.
 */
const exitIfOrphaned = 'test "$PPID" = "$1" || exit; shift; exec "$@"';
const shell = ['sh', '-c', exitIfOrphaned, 'sh'];
/** A command that is killed when this process exits, even by SIGKILL. */
function withParentDeathSignal(argv, { setpriv, sh } = { setpriv: 'setpriv', sh: shell[0] }) {
    return [setpriv, '--pdeathsig', 'KILL', '--', sh, ...shell.slice(1), String(process.pid), ...argv];
}
/** The program that a command runs in the end, without those that set its user and namespaces. */
function programOf([program = '', ...rest]) {
    if (rest[1] === exitIfOrphaned)
        return programOf(rest.slice(shell.length));
    const behind = rest.indexOf('--') + 1;
    return behind > 0 && behind < rest.length && /(^|\/)(sudo|unshare|nsenter|setpriv)$/.test(program)
        ? programOf(rest.slice(behind))
        : program;
}

;// CONCATENATED MODULE: ./build/platform/process/inside-namespace.js

/**
 * As `withParentDeathSignal`, for a command inside one that changes credentials, such as one that creates a user
 * namespace. That clears the parent-death signal of `Processes`, so it is set again.
 */
async function withParentDeathSignalInside(argv, processes) {
    return withParentDeathSignal(await resolveProgram(argv, processes));
}
/**
 * The command with the absolute path of its program: PATH may differ inside, and a plain user's often lacks the sbin
 * directories.
 */
async function resolveProgram([program, ...rest], processes) {
    return [(await processes.tryFind(program)) ?? program, ...rest];
}

;// CONCATENATED MODULE: ./build/platform/clock.js

const systemClock = {
    // The time of day when this process started, plus the time since then. Changing the machine's clock moves no
    // deadline.
    now: () => Math.round(performance.timeOrigin + performance.now()),
    sleep: async (milliseconds, signal) => {
        try {
            await (0,external_node_timers_promises_namespaceObject.setTimeout)(milliseconds, undefined, signal === undefined ? {} : { signal });
        }
        catch (error) {
            signal?.throwIfAborted();
            throw error;
        }
    },
};

;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");
;// CONCATENATED MODULE: ./build/disk/nbd-client.js





const nbd_client_magic = {
    server: 0x4e42444d41474943n,
    option: 0x49484156454f5054n,
    optionReply: 0x0003e889045565a9n,
    request: 0x25609513,
    reply: 0x67446698,
};
const command = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4 };
const optionGo = 7;
const replyAck = 1;
const replyInfo = 3;
const infoExport = 0;
const clientFlags = 0b11; // fixed newstyle, no zeroes
/** NBD servers accept requests of 32 MiB; smaller ones keep memory low and several in flight. */
const maxRequestBytes = 4 * 1024 ** 2;
const maxDiscardBytes = 1024 ** 3;
const maxOptionReplyBytes = 64 * 1024;
const maxOptionReplies = 100;
/** A flush of much data to a slow disk may take minutes. */
const responseWithinMs = 300_000;
/** What comes from the server with one read of the socket. */
const receiveSize = 256 * 1024;
const nothing = Buffer.alloc(0);
/**
 * Connects to `exportName` on the socket at `path` (shorter than 108 bytes).
 * Here and in all that the disk does: @throws Failure, also if the server stays silent for `timeoutMs`.
 */
async function connectNbd(path, exportName, options = {}) {
    const connection = new NbdConnection(path, options);
    try {
        return createDisk(connection, await connection.negotiate(exportName));
    }
    catch (error) {
        connection.close();
        throw error;
    }
}
function createDisk(connection, size) {
    const readInto = async (offset, into) => {
        const read = async (piece) => connection.request(command.read, piece, { into: part(into, piece, offset) });
        await Promise.all(pieces(offset, into.length).map(read));
    };
    return {
        size,
        readInto,
        read: async (offset, length) => {
            const content = Buffer.allocUnsafe(length);
            await readInto(offset, content);
            return content;
        },
        write: async (offset, content) => {
            const write = async (piece) => connection.request(command.write, piece, { payload: part(content, piece, offset) });
            await Promise.all(pieces(offset, content.length).map(write));
        },
        discard: async (offset, length) => {
            const trim = async (piece) => connection.request(command.trim, piece);
            await Promise.all(pieces(offset, length, maxDiscardBytes).map(trim));
        },
        flush: async () => connection.request(command.flush, { start: 0, length: 0 }),
        assertOpen: () => connection.assertOpen(),
        close: () => connection.close(),
    };
}
/** A connection to a server. Many requests may be under way at once; the server responds in any order. */
class NbdConnection {
    #socket;
    #bytes;
    #timeoutMs;
    #clock;
    #closed = new AbortController();
    #pending = new Map();
    #lastCookie = 0n;
    #broken;
    /** How many callers wait for the server. */
    #waiting = 0;
    #lastActivity = 0;
    #isWatched = false;
    constructor(path, { timeoutMs = responseWithinMs, clock = systemClock }) {
        this.#timeoutMs = timeoutMs;
        this.#clock = clock;
        const { socket, bytes } = openSocket(path, () => this.#recordActivity());
        this.#socket = socket;
        this.#bytes = bytes;
        socket.on('close', () => this.#closed.abort());
    }
    /** Opens an export, and returns its size in bytes. */
    async negotiate(exportName) {
        const size = await this.#waitFor(this.#shakeHands(exportName));
        void this.#readReplies().catch((error) => {
            this.#broken = connectionFailure(error);
            for (const request of this.#pending.values())
                request.reject(error);
            this.#pending.clear();
            this.#socket.destroy();
        });
        return size;
    }
    async request(type, { start, length }, { payload, into = nothing } = {}) {
        this.assertOpen();
        const cookie = ++this.#lastCookie;
        const request = Buffer.alloc(28);
        request.writeUInt32BE(nbd_client_magic.request, 0);
        request.writeUInt16BE(type, 6);
        request.writeBigUInt64BE(cookie, 8);
        request.writeBigUInt64BE(BigInt(start), 16);
        request.writeUInt32BE(length, 24);
        const response = new Promise((resolve, reject) => {
            this.#pending.set(cookie, { into, resolve, reject });
        });
        this.#socket.write(request);
        if (payload !== undefined)
            this.#socket.write(payload, () => this.#recordActivity());
        await this.#waitFor(response);
    }
    assertOpen() {
        if (this.#broken !== undefined)
            throw this.#broken;
        if (this.#socket.destroyed)
            throw new errors_Failure('the connection to the NBD server is closed');
    }
    close() {
        this.#socket.on('error', () => undefined);
        this.#socket.destroy();
    }
    async #shakeHands(exportName) {
        const greeting = await this.#bytes.take(18);
        if (greeting.readBigUInt64BE(0) !== nbd_client_magic.server || greeting.readBigUInt64BE(8) !== nbd_client_magic.option) {
            throw new errors_Failure('the NBD server does not use the fixed newstyle protocol');
        }
        this.#socket.write(formatGo(exportName));
        let size;
        for (let replies = 0; replies < maxOptionReplies; replies++) {
            const head = await this.#bytes.take(20);
            const length = head.readUInt32BE(16);
            if (head.readBigUInt64BE(0) !== nbd_client_magic.optionReply || length > maxOptionReplyBytes)
                break;
            const type = head.readUInt32BE(12);
            const payload = await this.#bytes.take(length);
            if (type === replyInfo && length >= 10 && payload.readUInt16BE(0) === infoExport)
                size = Number(payload.readBigUInt64BE(2));
            else if (type === replyAck && size !== undefined)
                return size;
            else if (type > 0x8000_0000)
                throw new errors_Failure(`the NBD server rejected the export ${exportName}: ${payload.toString('utf8')}`);
        }
        throw protocolFailure();
    }
    async #readReplies() {
        for (;;) {
            const head = await this.#bytes.take(16);
            const cookie = head.readBigUInt64BE(8);
            const request = this.#pending.get(cookie);
            if (head.readUInt32BE(0) !== nbd_client_magic.reply || request === undefined)
                throw protocolFailure();
            const error = head.readUInt32BE(4);
            // Still pending while its content comes: the server may die in the middle of it.
            if (error === 0) {
                await this.#bytes.fill(request.into);
                request.resolve();
            }
            else {
                request.reject(requestFailure(error));
            }
            this.#pending.delete(cookie);
        }
    }
    #recordActivity() {
        this.#lastActivity = this.#clock.now();
    }
    /** The clock runs only while somebody waits. */
    async #waitFor(response) {
        this.#waiting++;
        this.#recordActivity();
        if (!this.#isWatched)
            void this.#watch();
        try {
            return await response;
        }
        finally {
            this.#waiting--;
        }
    }
    async #watch() {
        this.#isWatched = true;
        while (this.#waiting > 0 && !this.#socket.destroyed) {
            const leftMs = this.#lastActivity + this.#timeoutMs - this.#clock.now();
            if (leftMs <= 0)
                this.#socket.destroy(new errors_Failure(`the NBD server did not respond within ${this.#timeoutMs / 1000} s`));
            else
                await this.#clock.sleep(leftMs, this.#closed.signal).catch(() => undefined);
        }
        this.#isWatched = false;
    }
}
function formatGo(exportName) {
    const name = Buffer.from(exportName);
    const go = Buffer.alloc(4 + 16 + 6 + name.length);
    go.writeUInt32BE(clientFlags, 0);
    go.writeBigUInt64BE(nbd_client_magic.option, 4);
    go.writeUInt32BE(optionGo, 12);
    go.writeUInt32BE(6 + name.length, 16);
    go.writeUInt32BE(name.length, 20);
    name.copy(go, 24);
    return go;
}
function pieces(offset, length, largest = maxRequestBytes) {
    const count = Math.ceil(length / largest);
    return Array.from({ length: count }, (_, index) => ({
        start: offset + index * largest,
        length: Math.min(largest, length - index * largest),
    }));
}
/** The piece's part of a buffer that begins at `offset` of the disk. */
function part(buffer, { start, length }, offset) {
    return buffer.subarray(start - offset, start - offset + length);
}
/**
 * Receives into one buffer, and pauses the socket while nobody reads. A buffer for each read would stay in memory until
 * it is collected: at most 157 MiB for a digest of 1 GiB, instead of 87.
 */
function openSocket(path, onActivity) {
    let received = nothing;
    let waiting;
    let broken;
    const hand = () => {
        if (waiting === undefined)
            return;
        const copied = received.copy(waiting.into, waiting.filled);
        waiting.filled += copied;
        received = received.subarray(copied);
        if (waiting.filled < waiting.into.length)
            return;
        waiting.resolve();
        waiting = undefined;
    };
    const onReceived = (length, buffer) => {
        onActivity();
        received = Buffer.from(buffer.buffer, buffer.byteOffset, length);
        hand();
        return received.length === 0;
    };
    const socket = (0,external_node_net_namespaceObject.connect)({ path, onread: { buffer: Buffer.alloc(receiveSize), callback: onReceived } });
    socket.on('error', (error) => {
        broken = connectionFailure(error);
    });
    socket.on('close', () => {
        broken ??= new errors_Failure('the NBD server closed the connection');
        waiting?.reject(broken);
    });
    const fill = async (into) => {
        if (into.length === 0)
            return;
        if (broken !== undefined)
            throw broken;
        const filled = new Promise((resolve, reject) => {
            waiting = { into, filled: 0, resolve, reject };
        });
        hand();
        if (received.length === 0)
            socket.resume();
        return filled;
    };
    const take = async (length) => {
        const content = Buffer.allocUnsafe(length);
        await fill(content);
        return content;
    };
    return { socket, bytes: { take, fill } };
}
function protocolFailure() {
    return new errors_Failure('the NBD server violated its protocol');
}
function connectionFailure(error) {
    return error instanceof errors_Failure
        ? error
        : new errors_Failure(`the connection to the NBD server broke: ${errorMessage(error)}`, { cause: error });
}
/** NBD uses Linux's error numbers. */
function requestFailure(error) {
    const [name, message] = (0,external_node_util_namespaceObject.getSystemErrorMap)().get(-error) ?? [`error ${error}`, 'unknown'];
    return new errors_Failure(`the disk cannot be read or written: ${name}: ${message}`, name === 'ENOSPC' ? { fix: freeWorkSpaceFix } : {});
}

;// CONCATENATED MODULE: ./build/disk/storage-daemon.js










const nodeName = 'disk';
const readyWithinMs = 20_000;
const closeWithinMs = 60_000;
/**
 * QEMU notices a signal that arrives just before it begins to wait only at its next event
 * (storage-daemon/qemu-storage-daemon.c, qemu_system_killed). A second signal is such an event.
 */
const signalAgainMs = 500;
/**
 * Opens a disk for reading, backing files included. Sockets and other temporary files are created below `directory`.
 */
async function openDisk(file, directory, ports) {
    return openOverNbd([diskNode(nodeName, file, { 'read-only': true })], { directory, writable: false }, ports);
}
/** As `openDisk`, for writing to an overlay. */
async function openWritableDisk(overlay, directory, ports) {
    return openOverNbd([diskNode(nodeName, { path: overlay, format: 'qcow2' }, { discard: 'unmap' })], { directory, writable: true }, ports);
}
/** The image whose file is the disk of an overlay, as QEMU's options. Writes to the image go to the overlay. */
function imageInOverlay(overlay) {
    return {
        driver: 'qcow2',
        discard: 'unmap',
        file: { driver: 'qcow2', discard: 'unmap', file: { driver: 'file', filename: overlay } },
    };
}
/** A name by which qemu-img opens the image whose file is the disk of an overlay. */
function nameImageInOverlay(overlay) {
    return `json:${JSON.stringify(imageInOverlay(overlay))}`;
}
/**
 * Opens the image whose file is the disk of an overlay. Writes are compressed: whole clusters only, into discarded
 * ones. The overlay shows afterwards which bytes of the image's file have changed.
 */
async function openCompressingDisk(overlay, directory, ports) {
    const nodes = [
        { 'node-name': 'image', ...imageInOverlay(overlay) },
        { driver: 'compress', 'node-name': nodeName, file: 'image', discard: 'unmap' },
    ];
    return openOverNbd(nodes, { directory, writable: true }, ports);
}
/**
 * Opens an overlay for editing. QEMU exports it as a raw file through FUSE in a private mount namespace, which the
 * kernel removes with the last process in it: nothing stays mounted, however this process ends. With a range, the raw
 * file is only that part of the disk, such as a partition.
 */
async function openEditableDisk(path, directory, ports, range) {
    return openRawView({ path, directory, isWritable: true, range }, ports);
}
/** As `openEditableDisk`, for tools that only read. Others may read the disk at the same time. */
async function openRawDisk(path, directory, ports) {
    return openRawView({ path, directory, isWritable: false, range: undefined }, ports);
}
async function openRawView({ path, directory, isWritable, range }, ports) {
    const rawPath = (0,external_node_path_namespaceObject.join)(directory, 'disk.raw');
    await (0,promises_namespaceObject.writeFile)(rawPath, '');
    const fuse = `type=fuse,id=raw,node-name=${nodeName},mountpoint=${escapeCommas(rawPath)},` +
        `writable=${isWritable ? 'on' : 'off'},growable=off`;
    const image = diskNode(range === undefined ? nodeName : 'image', { path, format: 'qcow2' }, isWritable ? { discard: 'unmap' } : { 'read-only': true });
    const part = range === undefined
        ? []
        : [{ driver: 'raw', 'node-name': nodeName, file: 'image', offset: range.start, size: range.length }];
    const server = await startServer({
        directory,
        prefix: ['unshare', ...namespaceFlags(), '--'],
        arguments: [...[image, ...part].flatMap((node) => ['--blockdev', JSON.stringify(node)]), '--export', fuse],
    }, ports);
    const inside = async (command) => ({
        ...command,
        argv: [...enterNamespace(server.pid), ...(await withParentDeathSignalInside(command.argv, ports.processes))],
    });
    return {
        rawPath,
        reach: (place) => `/proc/${server.pid}/root${place}`,
        run: async (command) => ports.processes.run(await inside(command)),
        start: async (command) => ports.processes.start(await inside(command)),
        close: server.close,
    };
}
function namespaceFlags() {
    return isRoot() ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
}
function enterNamespace(pid) {
    const flags = isRoot() ? ['--mount'] : ['--user', '--preserve-credentials', '--mount'];
    return ['nsenter', `--target=${pid}`, ...flags, '--'];
}
async function openOverNbd(nodes, options, ports) {
    const server = await startServer({
        directory: options.directory,
        prefix: [],
        arguments: [...nodes.flatMap((node) => ['--blockdev', JSON.stringify(node)]), ...nbdExport(options.writable)],
    }, ports);
    try {
        const { clock = systemClock } = ports;
        const disk = await withShortPath(server.directory, 'nbd.sock', async (path) => connectNbd(path, nodeName, { clock }));
        const closeDisk = async () => {
            disk.close();
            await server.close();
        };
        return { ...disk, closeDisk };
    }
    catch (error) {
        await server.close();
        throw error;
    }
}
function diskNode(name, file, options) {
    return { driver: file.format, 'node-name': name, file: { driver: 'file', filename: file.path }, ...options };
}
function nbdExport(writable) {
    return [
        '--nbd-server',
        'addr.type=unix,addr.path=nbd.sock',
        '--export',
        `type=nbd,id=blocks,node-name=${nodeName},name=${nodeName},writable=${writable ? 'on' : 'off'}`,
    ];
}
/** QEMU's option syntax doubles commas. */
function escapeCommas(value) {
    return value.replaceAll(',', ',,');
}
/** Starts the server and waits until all its exports are available. */
async function startServer(request, ports) {
    const directory = await (0,promises_namespaceObject.mkdtemp)((0,external_node_path_namespaceObject.join)(request.directory, 'disk-'));
    const pidFile = (0,external_node_path_namespaceObject.join)(directory, 'pid');
    const daemon = await withParentDeathSignalInside(['qemu-storage-daemon', ...request.arguments, '--pidfile', pidFile], ports.processes);
    const [program = '', ...rest] = [...request.prefix, ...daemon];
    const server = await ports.processes.start({ argv: [program, ...rest], cwd: directory });
    try {
        await waitForFile(pidFile, server, ports.clock ?? systemClock);
    }
    catch (error) {
        await server.stop();
        throw error;
    }
    return { pid: server.pid, directory, close: async () => closeServer(server, directory) };
}
/** The server writes its PID file once all exports are available (qemu-storage-daemon(1), --pidfile). */
async function waitForFile(path, server, clock) {
    let hasExited = false;
    void server.exited.then(() => {
        hasExited = true;
    });
    const deadline = clock.now() + readyWithinMs;
    while (!(await pathExists(path))) {
        if (hasExited)
            throw serverFailure(server.tail());
        if (clock.now() > deadline) {
            throw new errors_Failure(`qemu-storage-daemon did not open the disk within ${readyWithinMs / 1000} s`, {
                evidence: server.tail(),
            });
        }
        await clock.sleep(5);
    }
}
async function closeServer(server, directory) {
    const exit = await server.stop(closeWithinMs, signalAgainMs);
    if (exit.code !== 0) {
        throw new errors_Failure('qemu-storage-daemon did not close the disk cleanly', { evidence: server.tail() });
    }
    await (0,promises_namespaceObject.rm)(directory, { recursive: true, force: true });
}
function serverFailure(tail) {
    const text = tail.join('\n');
    if (/unshare.*(Operation not permitted|Permission denied)/.test(text)) {
        return new errors_Failure('this user may not create a user namespace, which driver inject needs', {
            fix: 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 24.04), or run as root',
            evidence: tail,
        });
    }
    if (/fuse/i.test(text)) {
        return new errors_Failure('/dev/fuse is not usable, which driver inject needs', {
            fix: 'sudo apt-get install fuse3 && sudo udevadm trigger --name-match=fuse',
            evidence: tail,
        });
    }
    // The only file that QEMU writes there; it does not report why that failed.
    if (text.includes('Failed to write pid file'))
        return new errors_Failure('the disk is full: qemu-storage-daemon could not write its PID file', {
            fix: freeWorkSpaceFix,
            evidence: tail,
        });
    return new errors_Failure('qemu-storage-daemon could not open the disk', { evidence: tail });
}

;// CONCATENATED MODULE: ./build/apt/commands.js

/** Options for every apt-get run that changes an image. */
const aptOptions = [
    'Acquire::Retries=3',
    'Acquire::http::Timeout=30',
    'Acquire::https::Timeout=30',
    'DPkg::Lock::Timeout=120',
    'Dpkg::Use-Pty=0',
    // Nobody can answer prompts: keep changed configuration files.
    'Dpkg::Options::=--force-confdef',
    'Dpkg::Options::=--force-confold',
    // The image is discarded after a crash, so dpkg need not sync to disk.
    'Dpkg::Options::=--force-unsafe-io',
    'APT::Install-Recommends=false',
    // Without this, apt treats an unknown name as a regular expression.
    'APT::Cmd::Pattern-Only=true',
].flatMap((option) => ['-o', option]);
/** A repository that fails is an error, not a warning that leaves an old list in use. */
const updateCommand = ['apt-get', '-q', ...aptOptions, '-o', 'APT::Update::Error-Mode=any', 'update'];
/** Prints the archive's URL and the file of each package list. */
const listIndexesCommand = [
    'apt-get',
    'indextargets',
    '--format',
    '$(REPO_URI)|$(FILENAME)',
    'Created-By: Packages',
];
/** Prints suite, codename and label of each package list. */
const listSourcesCommand = [
    'apt-get',
    'indextargets',
    '--format',
    '$(SUITE)|$(CODENAME)|$(LABEL)',
    'Created-By: Packages',
];
function securityArchiveFailure() {
    return new errors_Failure("the image's package sources have no security archive", {
        fix: "use upgrade: all, or add one to the base's /etc/apt/sources.list.d",
    });
}
/** Matches the lines that `listSourcesCommand` prints for security archives. Also valid for grep -E. */
const securityArchivePattern = /^[^|]*-security\||^[^|]*\|[^|]*-security\||Security[^|]*$/m;
function hasSecurityArchive(sources) {
    return securityArchivePattern.test(sources);
}
/** The command as a dry run: prints what it would download and exits. */
function asDryRun([program, ...rest]) {
    return [program, '--print-uris', ...rest];
}
const units = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
/** The disk space that apt needs by its own account: for the downloads and for the installed files. */
function parseNeededBytes(output) {
    const download = /Need to get ([\d,.]+) (\w+)/.exec(output);
    const installed = /After this operation, ([\d,.]+) (\w+) of additional disk space will be used/.exec(output);
    return [download, installed].reduce((sum, match) => sum + (Number((match?.[1] ?? '0').replaceAll(',', '')) || 0) * (units[match?.[2] ?? ''] ?? 0), 0);
}

;// CONCATENATED MODULE: ./build/image/package-edits.js

function isPackageEdit(edit) {
    return edit.kind === 'install' || edit.kind === 'upgrade';
}
/** @param preferences the guest's path of the preferences for security upgrades */
function formatApt(edit, preferences) {
    const start = ['-q', '--yes', ...aptOptions];
    if (edit.kind === 'install')
        return ['apt-get', ...start, 'install', '--', ...edit.packages];
    const pins = edit.scope === 'security' ? ['-o', `Dir::Etc::preferences=${preferences}`] : [];
    return ['apt-get', ...start, ...pins, 'upgrade', '--with-new-pkgs'];
}
const fullDiskMessage = "the image's disk is full: the packages do not fit";
/** Disk errors while packages change. */
const diskCauses = [
    {
        pattern: /No space left on device|You don't have enough free space/,
        // The fix depends on the disk: see `withFullDiskFailure`.
        message: () => fullDiskMessage,
    },
    {
        pattern: /Input\/output error|Read-only file system/,
        message: () => "the image's disk could not be written",
        fix: "check free space on the work directory's filesystem",
    },
];

;// CONCATENATED MODULE: ./build/image/grow-root.js






const mebibyte = 1024 ** 2;
/** Bytes beyond apt's count, for what maintainer scripts create, mostly an initramfs. */
const reserve = 256 * mebibyte;
/** Bytes for apt's package lists and caches: those of Ubuntu with all components. */
const listsReserve = 512 * mebibyte;
/**
 * Makes the package lists fit, without which apt cannot tell what the packages need. If the filesystem cannot grow, apt
 * tries anyway.
 */
async function growForLists(request, ports) {
    const { root, free, obstacle } = await planGrowth(request, ports);
    if (free < listsReserve && obstacle === undefined)
        await growRoot({ ...request, root }, ports);
}
/** Grows the root filesystem only if the packages need it. Otherwise the guest grows it at its first boot. */
async function growForPackages(request, { needed, free }, ports) {
    if (needed === 0 || needed + reserve <= free)
        return;
    const { root, obstacle } = await planGrowth(request, ports);
    if (obstacle === undefined)
        return growRoot({ ...request, root }, ports);
    const shortage = `the packages need ${formatBytes(needed)}, and the root filesystem has ${formatBytes(free)} free`;
    if (needed > free)
        throw new errors_Failure(`${shortage} and cannot grow: ${obstacle.why}`, { fix: obstacle.fix });
    ports.log.warn(`${shortage} and cannot grow, so little will be left: ${obstacle.why}`);
}
/** Runs `work`. If the image's disk is full, its failure gets the fix that helps for this disk. */
async function withFullDiskFailure(request, ports, work) {
    try {
        return await work();
    }
    catch (error) {
        if (!(error instanceof errors_Failure) || error.message !== fullDiskMessage)
            throw error;
        const { obstacle } = await planGrowth(request, ports).catch(() => ({ obstacle: undefined }));
        throw new errors_Failure(error.message, { fix: obstacle?.fix ?? largerBase, evidence: error.evidence, cause: error });
    }
}
async function planGrowth({ overlay, directory }, ports) {
    const disk = await openDisk({ path: overlay, format: 'qcow2' }, directory, ports);
    try {
        const { root: { partition, mount: { filesystem }, }, } = await openGuest(disk);
        const partitions = await readPartitions(disk);
        const own = partitions.length === 0 ? { ...partition, length: filesystem.size } : partition;
        return {
            root: partition,
            size: filesystem.size,
            free: filesystem.freeBytes,
            obstacle: findObstacleToGrow(own, partitions, disk.size),
        };
    }
    finally {
        await disk.closeDisk();
    }
}
const largerBase = 'use a base with a larger root filesystem';
/** Undefined if the root filesystem can grow to the end of its disk. */
function findObstacleToGrow(root, partitions, diskSize) {
    const next = partitions.find(({ start }) => start > root.start);
    if (next !== undefined) {
        return {
            why: `partition ${next.number} follows the root partition ${root.number}`,
            fix: `${largerBase}, or whose root partition is the last`,
        };
    }
    // The backup partition table may be in the last mebibyte.
    if (root.start + root.length + mebibyte < diskSize)
        return undefined;
    const last = root.number === 0 ? 'filesystem' : 'partition';
    return {
        why: `the disk of ${formatBytes(diskSize)} has no space after the root ${last}`,
        fix: 'set a larger disk-size',
    };
}
/** Grows the root partition and its filesystem to the end of the disk. */
async function growRoot({ overlay, directory, root }, ports) {
    // A filesystem on the whole disk has no partition.
    if (root.number !== 0)
        await growPartition({ overlay, directory, root }, ports);
    const { root: grown, size } = await planGrowth({ overlay, directory }, ports);
    if (grown.number !== root.number || grown.start !== root.start)
        throw new errors_Failure(`sfdisk did not grow partition ${root.number}`);
    // A separate export: with `?offset=`, resize2fs 1.47 truncates the file to the filesystem's size.
    const part = await openEditableDisk(overlay, directory, ports, grown);
    try {
        await checkBeforeResize(part);
        await part.run({ argv: ['resize2fs', part.rawPath] });
    }
    finally {
        await part.close();
    }
    ports.log.info(`Grew the root filesystem from ${formatBytes(size)} to ${formatBytes(grown.length)}`);
}
async function growPartition({ overlay, directory, root }, ports) {
    const disk = await openEditableDisk(overlay, directory, ports);
    await disk
        .run({
        argv: ['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '-N', String(root.number), disk.rawPath],
        input: ', +\n',
    })
        .finally(async () => disk.close());
}
/** resize2fs requires a check just before. e2fsck(8) exits with 1 if it fixed something. */
async function checkBeforeResize(part) {
    try {
        await part.run({ argv: ['e2fsck', '-f', '-p', part.rawPath] });
    }
    catch (error) {
        if (!(error instanceof errors_ToolError) || error.exitCode !== 1)
            throw error;
    }
}

;// CONCATENATED MODULE: ./build/image/plan.js


/** See derived-files.ts. */
const derivationRules = (/* unused pure expression or super */ null && (['cloud-init-modules', 'fstab-boot']));
function toBytes(content) {
    return 'text' in content ? Buffer.from(content.text) : Buffer.from(content.base64, 'base64');
}
function sha256OfContent(content) {
    return 'file' in content ? content.sha256 : sha256Of(toBytes(content));
}
function rootOwned(mode) {
    return { mode, uid: 0, gid: 0 };
}
function isFileEdit(edit) {
    return edit.kind !== 'install' && edit.kind !== 'upgrade' && edit.kind !== 'run';
}
function changedFailure(what) {
    return new errors_Failure(`${what} has changed since the plan was made`, { fix: 'run the build again' });
}
function directoryFailure(path) {
    return new errors_Failure(`${path} in the image is a directory, and cannot be replaced by a file`);
}
/** One line for the log, `plan` and the manifest. */
function formatEdit(edit) {
    switch (edit.kind) {
        case 'write':
            return `write ${edit.path} (${formatMode(edit.attributes)})`;
        case 'directory':
            return `make directory ${edit.path} (${formatMode(edit.attributes)})`;
        case 'link':
            return formatLink(edit);
        case 'derive':
            return formatDerivation(edit);
        case 'remove':
            return `remove ${edit.pattern}`;
        case 'empty':
            return `empty ${edit.path}`;
        case 'replace':
            return `reset ${edit.path}`;
        case 'enable-unit':
            return `enable ${edit.unit} for ${edit.target}`;
        case 'install':
            return `install ${edit.packages.join(' ')}${formatSnapshot(edit)}`;
        case 'upgrade':
            return formatUpgrade(edit);
        case 'run':
            return `run ${edit.name}`;
    }
}
function formatUpgrade(edit) {
    const packages = edit.scope === 'security' ? 'packages from security archives' : 'all packages';
    return `upgrade ${packages}${formatSnapshot(edit)}`;
}
function formatDerivation({ path, from, rule }) {
    return `${from === path ? 'change' : 'write'} ${path} (${rule})`;
}
/** A link of a unit to /dev/null masks it (systemctl(1)). */
function formatLink({ path, target }) {
    const unit = /^\/etc\/systemd\/system\/([^/]+)$/.exec(path)?.[1];
    return target === '/dev/null' && unit !== undefined ? `mask ${unit}` : `link ${path} to ${target}`;
}
function formatSnapshot({ snapshot }) {
    return snapshot === undefined ? '' : `, as of ${snapshot}`;
}
function formatMode({ mode, uid, gid }) {
    const permissions = `0${mode.toString(8).padStart(3, '0')}`;
    return uid === 0 && gid === 0 ? permissions : `${permissions}, owner ${uid}:${gid}`;
}

;// CONCATENATED MODULE: ./build/apt/config-files.js

/** Of one configuration file or keyring. */
const maxAptFileBytes = 1024 ** 2;
/** In one configuration directory. */
const maxAptFiles = 100;
/** A configuration file, and the names that apt accepts in the directory next to it. */
const config_files_kinds = {
    sources: { path: '/etc/apt/sources.list', names: /^[\w.-]+\.(list|sources)$/ },
    preferences: { path: '/etc/apt/preferences', names: /^[\w-]+(\.pref)?$/ },
};
/**
 * A guest's sources.list(5) or apt_preferences(5) files in the order in which apt reads them. Names are relative to
 * `/etc/apt`.
 * @throws Failure if there are too many, or one is too large
 */
async function readAptFiles(files, kind) {
    const { path, names } = config_files_kinds[kind];
    const paths = [path, ...(await listAptDirectory(files, `${path}.d`, names))];
    const all = await Promise.all(paths.map(async (name) => ({ name: name.replace('/etc/apt/', ''), content: await tryReadAptFile(files, name) })));
    return all.flatMap(({ name, content }) => (content === undefined ? [] : [{ name, text: content.toString('utf8') }]));
}
async function listAptDirectory(files, directory, names) {
    const paths = (await files.list(directory))
        .map(({ path }) => `${directory}/${path.slice(path.lastIndexOf('/') + 1)}`)
        .filter((path) => names.test(path.slice(directory.length + 1)));
    if (paths.length > maxAptFiles)
        throw new errors_Failure(`${directory} in the image has too many files: ${paths.length} (limit: ${maxAptFiles})`);
    return paths;
}
/** Undefined for anything but a regular file. */
async function tryReadAptFile(files, path) {
    return (await files.tryResolve(path))?.inode.kind === 'file' ? files.read(path, maxAptFileBytes) : undefined;
}

;// CONCATENATED MODULE: ./build/apt/sources.js


/** sources.list(5): the field of deb822 style, and the option of one-line style. */
const optionNames = {
    Architectures: 'arch',
    'Architectures-Add': 'arch+',
    'Architectures-Remove': 'arch-',
    Languages: 'lang',
    'Languages-Add': 'lang+',
    'Languages-Remove': 'lang-',
    Targets: 'target',
    'Targets-Add': 'target+',
    'Targets-Remove': 'target-',
    PDiffs: 'pdiffs',
    'By-Hash': 'by-hash',
    Trusted: 'trusted',
    'Signed-By': 'signed-by',
    'Allow-Insecure': 'allow-insecure',
    'Allow-Weak': 'allow-weak',
    'Allow-Downgrade-To-Insecure': 'allow-downgrade-to-insecure',
    'Check-Valid-Until': 'check-valid-until',
    'Valid-Until-Min': 'valid-until-min',
    'Valid-Until-Max': 'valid-until-max',
    'Check-Date': 'check-date',
    'Date-Max-Future': 'date-max-future',
    'InRelease-Path': 'inrelease-path',
    Snapshot: 'snapshot',
    Include: 'include',
    Exclude: 'exclude',
};
const fieldNames = Object.keys(optionNames);
/** Parses files of either style. Disabled sources and `deb-src` are left out. @throws Failure */
function parseSources(files) {
    return files
        .flatMap(({ name, text }) => (name.endsWith('.sources') ? parseStanzas(text, name) : parseLines(text, name)))
        .filter(({ types }) => types.includes('deb'))
        .map((source) => ({ ...source, types: ['deb'] }));
}
/** Formats sources in deb822 style. */
function formatSources(sources) {
    return sources
        .map(({ types, uris, suites, components, options }) => [
        `Types: ${types.join(' ')}`,
        `URIs: ${uris.join(' ')}`,
        `Suites: ${suites.join(' ')}`,
        ...(components.length === 0 ? [] : [`Components: ${components.join(' ')}`]),
        ...Object.entries(options).map(([name, value]) => `${name}: ${holdsKey(value) ? formatKey(value) : value}`),
        '',
    ].join('\n'))
        .join('\n');
}
/** The keyrings and fingerprints that `Signed-By` names; none if its value is a key. */
function listSigners(signedBy) {
    return holdsKey(signedBy) ? [] : signedBy.split(/[\s,]+/).filter((signer) => signer !== '');
}
/** Each line is indented, so that none can start another field. */
function formatKey(key) {
    return ['', ...trimLines(key)].join('\n ');
}
/** Whitespace around a key's lines is not significant. */
function trimLines(key) {
    return key.split('\n').map((line) => line.trim());
}
function holdsKey(signedBy) {
    return signedBy.includes('-----BEGIN');
}
function parseLines(text, file) {
    return text
        .split('\n')
        .map((line) => line.replace(/#.*/, '').trim())
        .filter((line) => line !== '')
        .map((line) => parseLine(line, file));
}
/** `deb [arch=amd64 signed-by=/…] https://… suite component …`. The URI of a CD may have spaces in brackets. */
function parseLine(line, file) {
    const match = /^(deb|deb-src)\s+(?:\[([^\]]*)\]\s*)?(cdrom:\[[^\]]*\]\S*|[^\s[]\S*)\s+(\S+)(.*)$/.exec(line);
    if (match === null)
        throw malformedFailure(line, file);
    const [, type = '', options = '', uri = '', suite = '', components = ''] = match;
    // The lookbehind starts a match only at the start of a word, so a long word without `=` takes linear time.
    const values = new Map([...options.matchAll(/(?<![\w-])([\w-]+[+-]?)\s*=\s*("[^"]*"|\S+)/g)].map(([, name = '', value = '']) => [
        name.toLowerCase(),
        splitWords(value.replaceAll('"', '').replaceAll(',', ' ')).join(' '),
    ]));
    return {
        types: [type],
        uris: [uri],
        suites: [suite],
        components: splitWords(components),
        options: pickOptions((name) => values.get(optionNames[name])),
    };
}
function parseStanzas(text, file) {
    return text
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .join('\n')
        .split(/\n\s*\n/)
        .filter((stanza) => stanza.trim() !== '')
        .map((stanza) => parseFields(stanza.trim(), file))
        .filter((fields) => !/^(no|false|without|off|disable|0)$/i.test(fields.get('enabled') ?? 'yes'))
        .map((fields) => toSource(fields, file));
}
function toSource(fields, file) {
    const wordsOf = (name) => splitWords(fields.get(name) ?? '');
    const [types, uris, suites] = [wordsOf('types'), wordsOf('uris'), wordsOf('suites')];
    if (types.length === 0 || uris.length === 0 || suites.length === 0)
        throw malformedFailure([...fields.values()].join(' '), file);
    return {
        types,
        uris,
        suites,
        components: wordsOf('components'),
        options: pickOptions((name) => {
            const value = fields.get(name.toLowerCase());
            if (value === undefined)
                return undefined;
            return holdsKey(value) ? trimLines(value).join('\n ') : splitWords(value).join(' ');
        }),
    };
}
function parseFields(stanza, file) {
    return new Map(stanza.split(/\n(?![ \t])/).map((field) => {
        const match = /^([^\s:]+)[ \t]*:([\s\S]*)$/.exec(field);
        if (match === null)
            throw malformedFailure(field, file);
        return [(match[1] ?? '').toLowerCase(), (match[2] ?? '').trim()];
    }));
}
function pickOptions(valueOf) {
    return Object.fromEntries(fieldNames
        .map((name) => [name, valueOf(name)])
        .filter((entry) => entry[1] !== undefined));
}
function splitWords(text) {
    return text.split(/\s+/).filter((word) => word !== '');
}
function malformedFailure(text, file) {
    return new errors_Failure(`the image's ${file} has a malformed package source: ${format_quoteText(text)}`);
}

;// CONCATENATED MODULE: ./build/apt/snapshot.js



/**
 * Snapshot services, with the archives that they cover; the first group is the archive's name there. Recent versions of
 * apt know these themselves (apt-pkg/init.cc, Acquire::Snapshots::URI). Rewritten URLs work with every version.
 */
const services = [
    {
        archive: /^https?:\/\/(?:[\w-]+\.)*debian\.org\/(?:archive\/)?(debian|debian-security)(?:\/\d{8}T\d{6}Z)?\/?$/,
        // A small image may have no CA certificates. Signatures are checked in any case.
        address: 'http://snapshot.debian.org/archive/$1/@SNAPSHOTID@/',
    },
    {
        archive: /^https?:\/\/(?:[\w-]+\.)*(?:archive|security|snapshot)\.ubuntu\.com\/(ubuntu)(?:\/\d{8}T\d{6}Z)?\/?$/,
        address: 'https://snapshot.ubuntu.com/$1/@SNAPSHOTID@/',
    },
];
/**
 * Redirects an image's package sources to its distribution's archives as of a date.
 * @param snapshot such as `20260501T000000Z`
 * @throws Failure if a source is malformed
 */
function pinSources(files, snapshot) {
    // No disc is inserted while an image is built. Its name may also contain spaces, which deb822 style cannot express.
    const sources = parseSources(files).flatMap((source) => source.uris.filter((uri) => !uri.startsWith('cdrom:')).map((uri) => ({ ...source, uris: [uri] })));
    const both = sources.map((source) => ({ source, pinned: tryPin(source, snapshot) }));
    return {
        text: formatSources(both.map(({ source, pinned }) => pinned ?? source)),
        pinned: [...new Set(both.flatMap(({ pinned }) => pinned?.uris ?? []))],
        unpinned: [...new Set(both.flatMap(({ source, pinned }) => (pinned === undefined ? source.uris : [])))],
    };
}
function tryPin({ uris: [uri = ''], options, ...rest }, snapshot) {
    const service = services.find(({ archive }) => archive.test(uri));
    if (service === undefined)
        return undefined;
    const address = uri.replace(service.archive, service.address).replace('@SNAPSHOTID@', snapshot);
    const others = Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'Snapshot'));
    // The snapshot's Release file has expired by now.
    return { ...rest, uris: [address], options: { ...others, 'Check-Valid-Until': 'no' } };
}
/**
 * Parses `2026-05-01`, `2026-05-01T06:00:00Z` or `20260501T060000Z` to the last form, which names a snapshot.
 * @throws UsageError
 */
function parseSnapshot(text) {
    const match = /^(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)Z)?$/.exec(text);
    const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00'] = match ?? [];
    const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
    const date = new Date(`${written}Z`);
    if (match === null || Number.isNaN(date.getTime()) || !date.toISOString().startsWith(written)) {
        throw new UsageError(`invalid snapshot date ${quoteText(text)} (expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ)`, {
            fix: 'use a date such as 2026-05-01 or 2026-05-01T06:00:00Z',
        });
    }
    return `${written.replace(/[-:]/g, '')}Z`;
}
const indexedFields = [/^Package: (\S+)/m, /^Version: (\S+)/m, /^Architecture: (\S+)/m];
/** The package versions in `Packages` files, in the form of `identifyPackage`. */
function listIndexed(indexes) {
    return new Set(indexes.flatMap(listVersions));
}
function listVersions(index) {
    return index.split(/\n\n+/).map((paragraph) => {
        const [name = '', version = '', architecture = ''] = indexedFields.map((field) => field.exec(paragraph)?.[1]);
        return identifyPackage({ name, version, architecture });
    });
}
/** `curl 8.5.0-2ubuntu10.6 amd64` */
function identifyPackage({ name, version, architecture }) {
    return `${name} ${version} ${architecture}`;
}

;// CONCATENATED MODULE: ./build/apt/installed-packages.js
/** The image's installed packages, sorted by name; empty if the image has no dpkg. */
async function readPackages(files) {
    return parseDpkgStatus((await files.tryReadText('/var/lib/dpkg/status')) ?? '');
}
/** Parses dpkg's status file: paragraphs of `Field: value`. Only installed packages are returned. */
function parseDpkgStatus(status) {
    return status
        .split(/\n\n+/)
        .map(parseParagraph)
        .filter((fields) => fields.get('Status')?.endsWith(' installed') === true)
        .map(toPackage)
        .filter(({ name, version }) => name !== '' && version !== '')
        .sort((a, b) => compareTexts(a.name, b.name) || compareTexts(a.architecture, b.architecture));
}
function toPackage(fields) {
    const [name = '', version = '', architecture = ''] = ['Package', 'Version', 'Architecture'].map((field) => fields.get(field));
    // `openssl`, or `openssl (3.0.15-1)` if the version differs: deb-control(5).
    const [, sourceName, sourceVersion = version] = /^(\S+)(?: \((\S+)\))?$/.exec(fields.get('Source') ?? '') ?? [];
    return {
        name,
        version,
        architecture,
        ...(sourceName === undefined ? {} : { source: { name: sourceName, version: sourceVersion } }),
    };
}
function compareTexts(a, b) {
    return a === b ? 0 : a < b ? -1 : 1;
}
function parseParagraph(paragraph) {
    return new Map(paragraph
        .split('\n')
        .map((line) => /^([A-Za-z-]+): (.*)$/.exec(line))
        .filter((match) => match !== null)
        .map(([, field = '', value = '']) => [field, value]));
}

;// CONCATENATED MODULE: ./build/image/pin-packages.js




/** Undefined if no edit has a snapshot. @throws Failure if no archive of the image has snapshots */
async function planPin(edits, files, log) {
    const snapshot = edits.flatMap((edit) => edit.kind === 'run' || edit.snapshot === undefined ? [] : [edit.snapshot])[0];
    if (snapshot === undefined)
        return undefined;
    const { text, pinned, unpinned } = pinSources(await readAptFiles(files, 'sources'), snapshot);
    if (pinned.length === 0) {
        throw new errors_Failure(`no snapshots exist of the image's package sources: ${unpinned.join(', ') || 'it has none'}`, {
            fix: 'remove snapshot, or use a base with the package sources of Debian or Ubuntu',
        });
    }
    if (unpinned.length > 0)
        log.warn(`No snapshots exist of these package sources, so their packages are not pinned: ${unpinned.join(', ')}`);
    log.info(`Packages come from ${pinned.join(', ')}`);
    return { snapshot, sources: text };
}
/** apt.conf(5) by which apt uses only the sources in one file of the guest. */
function formatPinConfiguration(sourcesPath) {
    return `Dir::Etc::sourcelist "${sourcesPath}";\nDir::Etc::sourceparts "-";\nAcquire::GzipIndexes "false";\n`;
}
/** Compares the finished image's packages with the lists of the snapshot. */
async function findPinnedPackages({ snapshot }, indexed, files, log) {
    const installed = (await readPackages(files)).map(identifyPackage);
    const unpinned = installed.filter((name) => !indexed.has(name));
    if (unpinned.length === 0)
        log.info(`All ${installed.length} packages come from snapshot ${snapshot}`);
    else {
        const examples = [...unpinned.slice(0, 3), ...(unpinned.length > 3 ? ['…'] : [])].join(', ');
        log.warn(`${unpinned.length} of ${installed.length} packages do not come from snapshot ${snapshot}: ${examples}`);
    }
    return { snapshot, unpinned };
}

;// CONCATENATED MODULE: ./build/image/derived-files.js
/** The first line of every derived file. `listApplied` finds it. */
const derivedMark = '# Changed by the boot profile of ch-golden.';
const longestText = 256 * 1024;
/** The content that a rule makes of a file of the image; undefined if nothing changes. */
function tryDerive(rule, text) {
    if (text.length > longestText || text.startsWith(derivedMark))
        return undefined;
    const derived = rule === 'fstab-boot' ? relaxBootMounts(text) : trimModules(text);
    return derived === undefined ? undefined : `${derivedMark}\n${derived}`;
}
/**
 * Modules of cloud-init that a VM with a NoCloud seed does not need: configuration management, subscriptions and
 * hardware of other clouds. In new spelling, with underscores.
 */
const droppedModules = [
    'ansible',
    'byobu',
    'chef',
    'disable_ec2_metadata',
    'fan',
    'landscape',
    'lxd',
    'mcollective',
    'migrator',
    'puppet',
    'refresh_rmc_and_interface',
    'reset_rmc',
    'rightscale_userdata',
    'salt_minion',
    'ubuntu_advantage',
    'ubuntu_autoinstall',
    'ubuntu_drivers',
    'ubuntu_pro',
    'wireguard',
];
const moduleLists = ['cloud_init_modules', 'cloud_config_modules', 'cloud_final_modules'];
/** The module lists of cloud.cfg that get shorter. A list in another notation stays as it is. */
function trimModules(config) {
    const lists = moduleLists.flatMap((name) => {
        const modules = tryReadList(config, name);
        const kept = modules?.filter((module) => !droppedModules.includes(module.replaceAll('-', '_')));
        return kept === undefined || kept.length === modules?.length || kept.length === 0 ? [] : [{ name, kept }];
    });
    if (lists.length === 0)
        return undefined;
    return lists.map(({ name, kept }) => `${name}:\n${kept.map((module) => ` - ${module}\n`).join('')}`).join('');
}
/** The items of a block sequence of plain words, which is how every release of cloud-init writes it. */
function tryReadList(config, name) {
    const lines = config.split('\n');
    const starts = lines.flatMap((line, index) => (line.startsWith(`${name}:`) ? [index] : []));
    const [start] = starts;
    if (start === undefined || starts.length > 1 || lines[start]?.trimEnd() !== `${name}:`)
        return undefined;
    const rest = lines.slice(start + 1);
    const end = rest.findIndex((line) => /^[^\s#-]/.test(line));
    const items = [];
    for (const line of rest.slice(0, end < 0 ? undefined : end)) {
        const item = /^ *- ([\w-]{1,60})\s*(?:#.*)?$/.exec(line)?.[1];
        if (item !== undefined)
            items.push(item);
        else if (!/^\s*(?:#.*)?$/.test(line))
            return undefined;
    }
    return items;
}
/**
 * Mounts /boot and what is in it without holding up the boot: the VMM has the kernel already. fstab(5), `nofail` in
 * systemd.mount(5).
 */
function relaxBootMounts(fstab) {
    const lines = fstab.split('\n');
    const changed = lines.map((line) => {
        const [, before, options, after] = /^(\s*[^#\s]\S*\s+\/boot(?:\/\S*)?\s+\S+\s+)(\S+)(.*)$/.exec(line) ?? [];
        if (before === undefined || options === undefined || after === undefined)
            return line;
        return options.split(',').includes('nofail') ? line : `${before}${options},nofail${after}`;
    });
    return changed.every((line, index) => line === lines[index]) ? undefined : changed.join('\n');
}

;// CONCATENATED MODULE: ./build/image/resolve-edits.js





/** Bytes: EXT4_NAME_LEN. */
const longestName = 255;
/** The path as the guest sees it. It leads through no link. */
function guestPathOf(operation) {
    return operation.mount.path === '/' ? operation.path : `${operation.mount.path}${operation.path}`;
}
/**
 * Turns a plan into operations on the existing file tree: expands patterns, follows links, creates missing directories,
 * and removes files that are to be replaced.
 */
async function resolveEdits(edits, files) {
    const root = await files.tryStat('/');
    if (root === undefined)
        throw new errors_Failure('the image has no root directory');
    const work = {
        files,
        operations: [],
        made: new Map([['/', toPlace(root)]]),
        written: new Set(),
        removed: new Set(),
    };
    for (const edit of edits)
        await addEdit(work, edit);
    return work.operations;
}
async function addEdit(work, edit) {
    switch (edit.kind) {
        case 'write':
            return ifMet(work, edit.when, async () => write(work, edit.path, edit.content, edit.attributes));
        case 'derive':
            return derive(work, edit);
        case 'empty':
            return write(work, edit.path, { text: '' }, edit.attributes);
        case 'replace':
            if ((await work.files.tryStat(normalizePath(edit.path))) !== undefined)
                await write(work, edit.path, edit.content, edit.attributes);
            return;
        case 'link':
            return ifMet(work, edit.when, async () => resolve_edits_link(work, edit.path, edit.target));
        case 'directory':
            return ensureDirectory(work, edit.path, edit.attributes);
        case 'enable-unit':
            return resolve_edits_link(work, `/etc/systemd/system/${edit.target}.wants/${edit.unit}`, `/etc/systemd/system/${edit.unit}`);
        case 'remove':
            for (const file of await expandPattern(normalizePath(edit.pattern), work.files))
                await removeTree(work, file);
    }
}
async function ifMet(work, when, change) {
    if (when === undefined || ((await hasAny(work, when.has)) && !(await hasAny(work, when.hasNot))))
        await change();
}
/** Whether a file matches one of these patterns once the plan is applied. */
async function hasAny(work, patterns) {
    for (const pattern of patterns.map(normalizePath)) {
        if ([...work.written].some((path) => isUnder(pattern, path)))
            return true;
        if ((await expandPattern(pattern, work.files)).some(({ path }) => !work.removed.has(path)))
            return true;
    }
    return false;
}
/** A file that the plan itself writes stays as it is. */
async function derive(work, edit) {
    const from = normalizePath(edit.from);
    if (work.written.has(from) || work.removed.has(from))
        return;
    const derived = tryDerive(edit.rule, (await work.files.tryReadText(from)) ?? '');
    if (derived !== undefined)
        await write(work, edit.path, { text: derived }, edit.attributes);
}
async function write(work, path, content, attributes) {
    const { mount, path: inner } = await clearPlace(work, normalizePath(path));
    work.operations.push({ kind: 'write', mount, path: inner, content, attributes });
}
async function resolve_edits_link(work, path, target) {
    const { mount, path: inner } = await clearPlace(work, normalizePath(path));
    work.operations.push({ kind: 'link', mount, path: inner, target });
}
async function ensureDirectory(work, path, attributes) {
    const { mount, path: inner } = await getDirectory(work, normalizePath(path));
    work.operations.push({ kind: 'set-attributes', mount, path: inner, attributes });
}
async function removeTree(work, file) {
    if (work.removed.has(file.path))
        return;
    work.removed.add(file.path);
    if (file.inode.kind === 'directory')
        for (const child of await work.files.list(file.path))
            await removeTree(work, child);
    work.operations.push({
        kind: file.inode.kind === 'directory' ? 'remove-directory' : 'remove-file',
        mount: file.mount,
        path: file.innerPath,
    });
}
/** Removes the file that exists there. @throws Failure for a directory */
async function clearPlace(work, path) {
    const place = await getPlace(work, path);
    if (work.written.has(place.guestPath))
        throw new errors_Failure(`the plan writes ${path} twice`);
    const existing = await tryFind(work, place.guestPath);
    if (work.made.has(place.guestPath) || existing?.inode.kind === 'directory') {
        throw directoryFailure(path);
    }
    if (existing !== undefined)
        await removeTree(work, existing);
    work.written.add(place.guestPath);
    return place;
}
/** The file on disk at a path that leads through no link, unless the plan removes it. */
async function tryFind(work, guestPath) {
    const file = await work.files.tryStat(guestPath);
    return file?.path === guestPath && !work.removed.has(guestPath) ? file : undefined;
}
async function getPlace(work, path) {
    const directory = await getDirectory(work, external_node_path_namespaceObject.posix.dirname(path));
    return {
        mount: directory.mount,
        path: external_node_path_namespaceObject.posix.join(directory.path, external_node_path_namespaceObject.posix.basename(path)),
        guestPath: external_node_path_namespaceObject.posix.join(directory.guestPath, external_node_path_namespaceObject.posix.basename(path)),
    };
}
/** The directory at a path once the plan is applied. Links are followed, and a missing directory is created. */
async function getDirectory(work, path) {
    const known = work.made.get(path);
    if (known !== undefined)
        return known;
    const place = await getPlace(work, path);
    if (place.guestPath !== path)
        return getDirectory(work, place.guestPath);
    const there = await tryFind(work, path);
    if (there === undefined && !work.written.has(path))
        return createDirectory(work, place);
    if (there?.inode.kind === 'directory')
        return toPlace(there);
    if (there?.inode.kind !== 'link')
        throw new errors_Failure(`${path} in the image is not a directory`, {
            fix: 'choose a different destination, or remove it from the base',
        });
    const target = await work.files.tryResolve(path);
    if (target === undefined)
        throw await danglingLinkFailure(path, there);
    return getDirectory(work, target.path);
}
async function danglingLinkFailure(path, { mount, inode }) {
    const target = format_quoteText(await mount.filesystem.readLink(inode));
    return new errors_Failure(`${path} in the image is a link to ${target}, which does not exist`, {
        fix: `create ${target} in the base, or remove the link`,
    });
}
function toPlace({ mount, innerPath, path }) {
    return { mount, path: innerPath, guestPath: path };
}
function createDirectory(work, place) {
    work.operations.push({ kind: 'make-directory', mount: place.mount, path: place.path, attributes: rootOwned(0o755) });
    work.made.set(place.guestPath, place);
    return place;
}
/** Rejects what could end an argument of a debugfs command. */
function normalizePath(path) {
    const names = path.split('/');
    const isLong = path.length > 4000 || names.some((name) => Buffer.byteLength(name) > longestName);
    if (!path.startsWith('/') || /[\u0000-\u001f\u007f"]/.test(path) || names.includes('..') || isLong) {
        throw new errors_Failure(`invalid path in the image: ${JSON.stringify(path).slice(0, 200)} ` +
            '(expected an absolute path without "..", quotes and control characters, ' +
            `names of at most ${longestName} bytes)`);
    }
    return external_node_path_namespaceObject.posix.normalize(path).replace(/(.)\/$/, '$1');
}
/** The files that match a pattern, sorted by path. */
async function expandPattern(pattern, files) {
    if (pattern.endsWith('/**'))
        return filesBelow(pattern.slice(0, -'/**'.length), files);
    const names = pattern.split('/').slice(1);
    let matches = ['/'];
    for (const name of names.slice(0, -1))
        matches = (await matchIn(matches, name, files)).map((file) => file.path);
    return matchIn(matches, names.at(-1) ?? '', files);
}
/** True if the edit removes or replaces the file at this path. Links are not followed, which would need the image. */
function undoes(edit, path) {
    if (edit.kind === 'remove')
        return isUnder(edit.pattern, path);
    return 'path' in edit && edit.path === path;
}
/** True if a pattern matches a path or a directory above it. */
function isUnder(pattern, path) {
    if (pattern.endsWith('/**'))
        return path.startsWith(pattern.slice(0, -'**'.length));
    const wanted = pattern.split('/');
    const names = path.split('/').slice(0, wanted.length);
    return names.length === wanted.length && names.every((name, index) => toRegExp(wanted[index] ?? '').test(name));
}
async function matchIn(directories, name, files) {
    const matches = [];
    for (const directory of directories) {
        if (name.includes('*'))
            matches.push(...(await files.list(directory)).filter((file) => toRegExp(name).test(external_node_path_namespaceObject.posix.basename(file.path))));
        else {
            const file = await files.tryStat(external_node_path_namespaceObject.posix.join(directory, name));
            if (file !== undefined)
                matches.push(file);
        }
    }
    return matches;
}
function toRegExp(name) {
    return new RegExp(`^${name
        .split('*')
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')}$`, 's');
}
async function filesBelow(directory, files) {
    const below = [];
    for await (const file of files.walk(directory))
        if (file.inode.kind !== 'directory')
            below.push(file);
    return below;
}

;// CONCATENATED MODULE: ./build/disk/with-guest.js


/** Opens the guest on a disk for reading while `work` runs. Sockets and temporary files are created in `directory`. */
async function withGuest(file, directory, ports, work) {
    const disk = await openDisk(file, directory, ports);
    try {
        return await work(await openGuest(disk));
    }
    finally {
        await disk.closeDisk();
    }
}

;// CONCATENATED MODULE: ./build/image/inject/debugfs.js





/** Bytes: two arguments and a command stay below 8 KiB. */
const longestArgument = 4000;
/** Lines of evidence. */
const maxComplaints = 20;
/** Runs scripts in order, and returns debugfs's complaints. @throws Failure if the disk or the filesystem is full */
async function runScripts(scripts, request, ports) {
    const due = scripts.filter(({ commands }) => commands.length > 0);
    if (due.length === 0)
        return [];
    const disk = await openEditableDisk(request.overlay, request.directory, ports);
    try {
        const complaints = [];
        for (const script of due) {
            const lines = await runScript(script, request, disk);
            assertSpace(script.part, lines);
            complaints.push(...lines);
        }
        return complaints;
    }
    finally {
        await disk.close();
    }
}
async function runScript({ part: { partition }, commands }, { clock, directory }, disk) {
    const script = (0,external_node_path_namespaceObject.join)(directory, `debugfs-${partition.number}`);
    await (0,promises_namespaceObject.writeFile)(script, commands.map((command) => `${command}\n`).join(''));
    const { stderr } = await disk.run({
        argv: ['debugfs', '-w', '-f', script, `${disk.rawPath}?offset=${partition.start}`],
        env: { E2FSPROGS_FAKE_TIME: String(clock), DEBUGFS_PAGER: 'cat' },
    });
    // The first line is debugfs's version.
    return stderr.trimEnd().split('\n').slice(1);
}
/** Reports the cause first: a full filesystem has partial files, which e2fsck would report as errors. */
function assertSpace({ mount }, complaints) {
    const evidence = complaints.slice(0, maxComplaints);
    if (complaints.some((line) => line.includes('No space left on device'))) {
        throw new errors_Failure("the disk is full: the image's changes do not fit", { fix: freeWorkSpaceFix, evidence });
    }
    if (complaints.some((line) => /Could not allocate (block|inode)/.test(line))) {
        throw new errors_Failure(`the image's filesystem for ${mount.path} is full: the edits do not fit`, {
            fix: 'use a base with a larger filesystem: disk-size only grows it at the first boot',
            evidence,
        });
    }
}
/** The commands for one operation. `source` is the local file with a written file's content. */
function formatOperation(operation, source) {
    const path = quote(operation.path);
    switch (operation.kind) {
        case 'write':
            return [`write ${quote(source)} ${path}`, ...formatAttributes(path, 0o100000, operation.attributes)];
        case 'make-directory':
            return [`mkdir ${path}`, ...formatAttributes(path, 0o040000, operation.attributes)];
        case 'set-attributes':
            return formatAttributes(path, 0o040000, operation.attributes);
        case 'link':
            return [`symlink ${path} ${quote(operation.target)}`];
        case 'remove-file':
            return [`rm ${path}`];
        case 'remove-directory':
            return [`rmdir ${path}`];
    }
}
function formatAttributes(path, kind, attributes) {
    return [
        `set_inode_field ${path} mode 0${(kind | attributes.mode).toString(8)}`,
        `set_inode_field ${path} uid ${attributes.uid}`,
        `set_inode_field ${path} gid ${attributes.gid}`,
    ];
}
/** Sets the owner of a file of any kind, and when its content was changed, in seconds since the epoch. */
function formatOriginals(path, { uid, gid, modified }) {
    return [`uid ${uid}`, `gid ${gid}`, `mtime @${modified}`].map((field) => `set_inode_field ${quote(path)} ${field}`);
}
/** Sets an extended attribute to the content of a local file, or removes it. */
function formatAttribute(path, name, source) {
    // Raw: ACLs are in the format of the disk, not of setxattr(2).
    return source === undefined ? `ea_rm ${quote(path)} ${name}` : `ea_set -r -f ${quote(source)} ${quote(path)} ${name}`;
}
/** Lets an inode have no block of extended attributes. What becomes of the block is another matter. */
function formatDetach(path) {
    return `set_inode_field ${quote(path)} file_acl 0`;
}
/**
 * Frees a block by making it the content of a temporary file, which is removed: `freeb` does not correct the count of
 * free blocks. @param name of no file in the filesystem's root directory
 */
function formatFree(block, name) {
    const path = quote(`/${name}`);
    return [
        `mknod ${quote(name)} p`,
        `set_inode_field ${path} mode 0100600`,
        `set_inode_field ${path} block[0] ${block}`,
        `rm ${path}`,
    ];
}
/** Writes bytes of a block, by their offset. */
function formatBlockBytes(block, bytes) {
    return [...bytes].map(([offset, byte]) => `zap_block -o ${offset} -l 1 -p ${byte} ${block}`);
}
/** Allocates an empty file's blocks as uninitialised extents. Sizes are in bytes. */
function formatAllocation(path, size, blockSize) {
    return [
        `fallocate ${quote(path)} 0 ${Math.ceil(size / blockSize) - 1}`,
        `set_inode_field ${quote(path)} size ${size}`,
    ];
}
/** Marks uninitialised extents that have content now as initialised. */
function formatFilled(path, runs) {
    return [
        `extent_open ${quote(path)}`,
        ...runs.flatMap(({ first, count, start }) => [`goto_block ${first}`, `replace_node ${first} ${count} ${start}`]),
        'extent_close',
    ];
}
/**
 * An argument of a debugfs command. What could end the line is rejected, in names from the image too: debugfs hands a
 * line that starts with `!` to a shell, and takes everything beyond 8 KiB as the next line.
 */
function quote(argument) {
    const quoted = `"${argument.replaceAll('"', '""')}"`;
    if (/[\u0000-\u001f\u007f]/.test(argument) || Buffer.byteLength(quoted) > longestArgument) {
        throw new errors_Failure(`unsupported path in the image: ${JSON.stringify(argument).slice(0, 200)} has control characters or is too long`);
    }
    return quoted;
}

;// CONCATENATED MODULE: ./build/image/posix-acl.js
/** POSIX ACLs as ext4 stores them. Source: Linux, fs/ext4/acl.h and posix_acl(5). */
const posix_acl_version = 1;
const tags = { owner: 0x01, user: 0x02, ownerGroup: 0x04, group: 0x08, mask: 0x10, other: 0x20 };
/**
 * The access ACL of a file with this mode, as after chmod(2).
 * @param acl the file's access ACL, or its directory's default ACL
 * @returns undefined if the mode expresses the same, or if the ACL is damaged
 */
function applyMode(acl, mode) {
    const entries = tryParseAcl(acl);
    const hasMask = entries?.some(({ tag }) => tag === tags.mask);
    if (entries === undefined || hasMask !== true)
        return undefined;
    const changed = Buffer.from(acl);
    const permissions = new Map([
        [tags.owner, mode >> 6],
        [tags.mask, mode >> 3],
        [tags.other, mode],
    ]);
    for (const { tag, at } of entries) {
        const bits = permissions.get(tag);
        if (bits !== undefined)
            changed.writeUInt16LE(bits & 7, at);
    }
    return changed;
}
/** Only ACLs with users or groups have a mask, and must have one. */
function tryParseAcl(acl) {
    if (acl.length < 4 || acl.readUInt32LE(0) !== posix_acl_version)
        return undefined;
    const entries = [];
    for (let at = 4; at < acl.length;) {
        if (at + 4 > acl.length)
            return undefined;
        const tag = acl.readUInt16LE(at);
        entries.push({ tag, at: at + 2 });
        at += tag === tags.user || tag === tags.group ? 8 : 4;
        if (at > acl.length)
            return undefined;
    }
    return entries;
}

;// CONCATENATED MODULE: ./build/image/security-attributes.js









const label = 'security.selinux';
const accessAcl = 'system.posix_acl_access';
const defaultAcl = 'system.posix_acl_default';
const names = [label, accessAcl, defaultAcl];
/**
 * A replaced file keeps its label and ACL. A new one gets its directory's label, as from a kernel without a transition
 * rule, and its directory's default ACL. @param files the tree before the operations
 */
async function planAttributes(operations, files) {
    const planned = new Map();
    const read = async (path) => {
        const file = await files.tryStat(path);
        return planned.get(path) ?? (file === undefined ? new Map() : readAttributes(file));
    };
    for (const operation of operations) {
        const path = guestPathOf(operation);
        if (operation.kind === 'remove-file' || operation.kind === 'remove-directory')
            planned.delete(path);
        else {
            const replaced = planned.has(path) ? undefined : await files.tryStat(path);
            const own = operation.kind === 'set-attributes' || replaced !== undefined ? await read(path) : undefined;
            const parent = await read(external_node_path_namespaceObject.posix.dirname(path));
            const isSameKind = operation.kind === 'set-attributes' || replaced?.inode.kind === kindOf(operation);
            planned.set(path, toAttributes(operation, { label: own ?? parent, acl: isSameKind ? own : undefined, parent }));
        }
    }
    return planned;
}
function kindOf({ kind }) {
    return kind === 'write' ? 'file' : kind === 'link' ? 'link' : 'directory';
}
function toAttributes(operation, { label: labelled, acl, parent }) {
    const attributes = new Map();
    const set = (name, value) => {
        if (value !== undefined)
            attributes.set(name, value);
    };
    set(label, labelled.get(label));
    if (!('attributes' in operation))
        return attributes;
    const access = acl === undefined ? parent.get(defaultAcl) : acl.get(accessAcl);
    set(accessAcl, access === undefined ? undefined : applyMode(access, operation.attributes.mode));
    if (kindOf(operation) === 'directory')
        set(defaultAcl, (acl ?? parent).get(defaultAcl));
    return attributes;
}
async function readAttributes({ mount, inode }) {
    const attributes = await mount.filesystem.readAttributes(inode);
    return new Map([...attributes].filter(([name]) => names.some((known) => known === name)));
}
/** Sets and removes labels and ACLs with debugfs, for every driver alike. @throws Failure if that did not work */
async function setAttributes(planned, { overlay, directory }, ports) {
    const disk = { path: overlay, format: 'qcow2' };
    const plan = async () => withGuest(disk, directory, ports, async (guest) => planScripts(planned, guest, directory));
    const { scripts, clock } = await plan();
    if (scripts.length === 0)
        return;
    const complaints = await runScripts(scripts, { overlay, directory, clock }, ports);
    const { paths } = await plan();
    if (paths.length > 0)
        throw new errors_Failure(`debugfs could not set the attributes of ${paths[0]}`, {
            evidence: complaints.slice(0, maxComplaints),
        });
}
async function planScripts(planned, guest, directory) {
    const paths = [];
    const scripts = partitionsOf(guest).map((part) => ({ part, commands: [] }));
    for (const [path, wanted] of planned) {
        const file = await guest.files.tryStat(path);
        const commands = scripts.find(({ part }) => part.mount === file?.mount)?.commands;
        if (file === undefined || commands === undefined)
            continue;
        const changes = await listChanges(file, wanted, directory);
        if (changes.length > 0)
            paths.push(path);
        commands.push(...changes);
    }
    return {
        scripts: scripts.filter(({ commands }) => commands.length > 0),
        paths,
        clock: Math.max(1, guest.root.mount.filesystem.lastWrite),
    };
}
async function listChanges(file, wanted, directory) {
    const present = await readAttributes(file);
    const commands = [];
    for (const name of names) {
        const value = wanted.get(name);
        const now = present.get(name);
        if (value === undefined ? now === undefined : now?.equals(value))
            continue;
        const source = value === undefined ? undefined : await stageValue(value, directory);
        commands.push(formatAttribute(file.innerPath, name, source));
    }
    return commands;
}
/** debugfs reads binary values from a file. */
async function stageValue(value, directory) {
    const path = (0,external_node_path_namespaceObject.join)(directory, `attribute-${files_sha256Of(value).slice(0, 32)}`);
    await (0,promises_namespaceObject.writeFile)(path, value);
    return path;
}

;// CONCATENATED MODULE: ./build/image/mount/temporary-files.js




/** invoke-rc.d(8): forbids starting services. */
const policy = '#!/bin/sh\nexit 101\n';
const largest = 1024 ** 2;
/** The runner's resolver, and a policy that keeps packages from starting services. */
async function planTemporaryFiles(files) {
    const resolver = (await ifPresent((0,promises_namespaceObject.readFile)('/etc/resolv.conf', 'utf8'))) ?? '';
    return Promise.all([
        planFile({ path: '/etc/resolv.conf', text: resolver, mode: 0o644 }, files),
        planFile({ path: '/usr/sbin/policy-rc.d', text: policy, mode: 0o755 }, files),
    ]);
}
async function planFile({ path, text, mode }, files) {
    const before = await files.tryStat(path);
    return {
        path,
        text,
        replace: { kind: 'write', path, content: { text }, attributes: rootOwned(mode) },
        restore: before === undefined ? { kind: 'remove', pattern: path } : await toFileEdit(path, before, files),
    };
}
async function toFileEdit(path, { inode, mount }, files) {
    switch (inode.kind) {
        case 'link':
            return { kind: 'link', path, target: await mount.filesystem.readLink(inode) };
        case 'file':
            return {
                kind: 'write',
                path,
                content: { text: (await files.read(path, largest)).toString('utf8') },
                attributes: { mode: inode.mode, uid: inode.uid, gid: inode.gid },
            };
        case 'directory':
        case 'other':
            throw new errors_Failure(`${path} in the image is neither a file nor a link`);
    }
}
/** Restores the files, except those that a package or a script has replaced. */
async function planRestore(replaced, files) {
    const edits = await Promise.all(replaced.map(async ({ path, text, restore }) => {
        const now = await files.tryStat(path);
        const isOurs = now?.inode.kind === 'file' &&
            now.inode.size === Buffer.byteLength(text) &&
            (await files.read(path, largest)).toString('utf8') === text;
        return isOurs ? [restore] : [];
    }));
    return edits.flat();
}

;// CONCATENATED MODULE: ./build/apt/security-preferences.js
/**
 * apt_preferences(5) for an upgrade from security archives only. Packages of other archives (50) never replace an
 * installed version (100), but can be installed if a security update depends on them. The first match counts.
 * The check for due updates uses the same preferences as the upgrade itself.
 */
const securityPreferences = [
    ['n=*-security', 990],
    ['a=*-security', 990],
    ['l=*Security*', 990],
    ['a=now', 100],
    ['*', 50],
]
    .map(([release, priority]) => `Package: *\nPin: release ${release}\nPin-Priority: ${priority}\n`)
    .join('\n');

;// CONCATENATED MODULE: ./build/apt/failure.js

const causes = [
    {
        pattern: /Unable to locate package (\S+)/,
        message: ([, name]) => `the image's repositories have no package ${name ?? ''}`,
    },
    {
        pattern: /Package '?([^'\s]+)'? has no installation candidate/,
        message: ([, name]) => `the image's repositories have no package ${name ?? ''}`,
    },
    {
        pattern: /(Version|Release) '([^'\n]{1,500})' for '([^'\n]{1,500})' was not found/,
        message: ([, kind, value, name]) => `the image's repositories have no ${kind?.toLowerCase() ?? ''} ${value ?? ''} of ${name ?? ''}`,
    },
    {
        pattern: anyOf('NO_PUBKEY|BADSIG|EXPKEYSIG|REVKEYSIG|EXPSIG|Missing key', "signatures? (couldn't be verified|were invalid)", 'is not signed|unauthenticated packages'),
        message: () => 'a package repository of the image has no valid signature',
        fix: 'add its key to the base, and name the key with signed-by in its source',
    },
    {
        pattern: /Release file .{0,500} is expired|is not valid (yet|anymore)/,
        message: () => 'a package repository of the image has a Release file that has expired or is not valid yet',
        fix: "check this machine's clock, or ask the maintainers of the repository to update it",
    },
    {
        pattern: /Hash Sum mismatch|File has unexpected size/,
        message: () => 'a package repository of the image is inconsistent: a file does not match its signed checksum',
        fix: 'try again later: the repository may be in the middle of an update',
    },
    {
        pattern: anyOf('Could not (connect|resolve|handshake)|Failed to fetch|Cannot initiate the connection', 'Temporary failure|Connection (failed|timed out)|does not have a Release file'),
        message: () => 'a package repository of the image cannot be reached',
        fix: "check the network, the proxy settings (http_proxy) and the sources in the base's /etc/apt",
    },
    {
        pattern: anyOf(String.raw `installed (\S+) package (pre|post)-(\w+) script subprocess returned error`, String.raw `new (\S+) package pre-\w+ script subprocess returned error`),
        message: ([, installed, , , fresh]) => `a maintainer script of the package ${installed ?? fresh ?? ''} failed`,
    },
    {
        pattern: /unmet dependencies|held broken packages/,
        message: () => 'the packages conflict, or have dependencies that cannot be satisfied',
    },
];
/** One pattern, from alternatives that each fit on a line. */
function anyOf(...patterns) {
    return new RegExp(patterns.join('|'));
}
/** Names the cause of a failed apt-get run. `own` are causes that only the caller knows. They take precedence. */
function aptFailure(error, what, own) {
    const text = error.evidence.join('\n');
    for (const { pattern, message, fix } of [...own, ...causes]) {
        const match = pattern.exec(text);
        if (match === null)
            continue;
        return new errors_Failure(message(match), {
            evidence: pickEvidence(error.evidence, pattern),
            cause: error,
            ...(fix === undefined ? {} : { fix }),
        });
    }
    return new errors_Failure(`apt-get could not ${what}`, { evidence: error.evidence.slice(-20), cause: error });
}
/** Starts a few lines before the first one that shows the cause. */
function pickEvidence(lines, pattern) {
    const first = lines.findIndex((line) => pattern.test(line));
    return lines.slice(Math.max(0, first - 10)).slice(0, 20);
}

;// CONCATENATED MODULE: ./build/image/guest-environment.js
/** Variables for programs of the image. */
const guestEnvironment = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    DEBIAN_FRONTEND: 'noninteractive',
    DEBCONF_NONINTERACTIVE_SEEN: 'true',
    // Ubuntu's needrestart would inspect the host's processes.
    NEEDRESTART_SUSPEND: '1',
};
const proxyVariables = /^(https?|ftp|all|no)_proxy$/i;
/**
 * Arguments for env(1). Of this process's variables only proxies are inherited, because their values can be secret and
 * must not be arguments.
 */
async function formatEnvironment(environment, processes) {
    const names = Object.keys(await readEnvironment(processes)).filter((name) => !proxyVariables.test(name));
    return [
        ...names.map((name) => `--unset=${name}`),
        ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ];
}
/** The proxy variables that child processes get. */
async function listProxies(processes) {
    return Object.fromEntries(Object.entries(await readEnvironment(processes)).filter(([name]) => proxyVariables.test(name)));
}
async function readEnvironment(processes) {
    const { stdout } = await processes.run({ argv: ['env', '--null'] });
    return Object.fromEntries(stdout
        .split('\0')
        .filter((entry) => entry !== '')
        .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
}

;// CONCATENATED MODULE: ./build/image/mount/chroot.js





/**
 * The only devices of the host that programs of the image see. This protects its disks from mistakes, not from attacks:
 * the programs are root and can call mknod(2), which scripts that create file trees need (debootstrap(8)).
 */
const deviceNodes = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
/**
 * Mounts what programs need besides their files. It is unmounted with the guest's filesystems.
 * @param variables added to the environment
 */
async function enterChroot({ space, root, devices }, variables, { processes, log }) {
    const reach = (path) => space.reach((0,external_node_path_namespaceObject.join)(root, path));
    for (const path of ['/dev', '/proc', '/run', '/sys'])
        await assertDirectory(path, reach(path));
    const mount = async (type, path, options) => space.run({ argv: ['mount', '-t', type, '-o', options, 'none', (0,external_node_path_namespaceObject.join)(root, path)] });
    await mount('sysfs', '/sys', 'ro,nosuid,nodev,noexec');
    await mount('tmpfs', '/run', 'mode=0755,nosuid,nodev');
    await (0,promises_namespaceObject.mkdir)(reach('/run/lock'));
    await (0,promises_namespaceObject.chmod)(reach('/run/lock'), 0o1777);
    await mount('tmpfs', '/dev', 'mode=0755,nosuid,size=16m');
    await space.run({ argv: ['cp', '--archive', '--', ...deviceNodes.map((name) => `/dev/${name}`), (0,external_node_path_namespaceObject.join)(root, 'dev')] });
    for (const device of devices)
        await space.run({ argv: ['cp', '--archive', '--', device.path, (0,external_node_path_namespaceObject.join)(root, nameInGuest(device))] });
    await fillDev(reach, devices);
    await mount('devpts', '/dev/pts', 'newinstance,ptmxmode=0666,mode=0620,nosuid,noexec');
    await assertIsolation(root, space);
    const environment = await formatEnvironment({ ...guestEnvironment, ...variables }, processes);
    return {
        reach,
        run: async (argv, timeoutMs) => space.run({
            argv: [...isolate(root), 'env', ...environment, 'chroot', root, ...argv],
            timeoutMs,
            onLine: (line) => log.detail(line),
        }),
    };
}
/**
 * Read-only below /proc as in Docker's containers (moby, oci/defaults.go, ReadonlyPaths), because it configures the
 * machine's kernel.
 */
const readOnlyInProc = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'];
/** Capabilities that no package needs, and that affect the machine: kernel modules, clock, hardware, power. */
const withoutCapabilities = '--bounding-set=-sys_module,-sys_time,-sys_rawio,-sys_boot';
/**
 * The first process of the programs' namespaces. It must outlive the program: its root is outside of the chroot, by
 * which programs detect that they are in one (ischroot(1), systemctl(1)). It ends with `exit` because a shell may exec
 * its last command.
 */
const firstProcess = `set -e
mount -t proc -o nosuid,nodev,noexec proc "$1"
echo localhost >"$1/sys/kernel/hostname"
for name in ${readOnlyInProc.join(' ')}; do
  if [ -e "$1/$name" ]; then
    mount --bind "$1/$name" "$1/$name"
    mount -o remount,bind,ro,nosuid,nodev,noexec "$1/$name"
  fi
done
shift
set +e
"$@"
exit "$?"`;
/** When the first process exits, all others in its namespaces are killed and their mounts removed. */
function isolate(root) {
    return [
        // Without --mount-proc: for unshare 2.37 (Ubuntu 22.04) its directory must already be a mount.
        'unshare',
        '--mount',
        '--uts',
        '--ipc',
        '--pid',
        '--fork',
        '--kill-child',
        '--',
        'setpriv',
        withoutCapabilities,
        '--',
        'sh',
        '-c',
        firstProcess,
        'sh',
        (0,external_node_path_namespaceObject.join)(root, 'proc'),
    ];
}
/**
 * Tries the isolation first, because later a failure would look like one of the program.
 * @throws Failure if this machine forbids it
 */
async function assertIsolation(root, space) {
    await space.run({ argv: [...isolate(root), 'true'] }).catch((error) => {
        if (!(error instanceof errors_ToolError))
            throw error;
        throw new errors_Failure('this machine does not allow namespaces that isolate programs of the image', {
            fix: 'use driver libguestfs',
            evidence: error.evidence,
            cause: error,
        });
    });
}
async function assertDirectory(path, reached) {
    const stats = await ifPresent((0,promises_namespaceObject.lstat)(reached));
    if (stats?.isDirectory() !== true)
        throw new errors_Failure(`the image has no directory ${path}, which is needed to run its programs`);
}
/**
 * Not the name of a loop device: update-grub, which every kernel installation runs, would take the file behind it for
 * the root filesystem and fail, as the guest does not have it (GRUB's grub-mkconfig_lib and 10_linux; Debian's patch
 * mkconfig-loopback).
 */
function nameInGuest({ number }) {
    return `/dev/guest${number}`;
}
/**
 * GRUB's configuration uses the UUID of the root filesystem if it is in `/dev/disk`. The kernel lists mounts as of a
 * loop device, so that name links to the guest's device.
 */
async function fillDev(reach, devices) {
    const links = [
        ['/dev/fd', '/proc/self/fd'],
        ['/dev/stdin', 'fd/0'],
        ['/dev/stdout', 'fd/1'],
        ['/dev/stderr', 'fd/2'],
        ['/dev/ptmx', 'pts/ptmx'],
        ...devices.flatMap((device) => [
            [device.path, nameInGuest(device)],
            [`/dev/disk/by-uuid/${device.uuid}`, nameInGuest(device)],
        ]),
    ];
    for (const [path = '', target = ''] of links) {
        await (0,promises_namespaceObject.mkdir)((0,external_node_path_namespaceObject.dirname)(reach(path)), { recursive: true });
        await (0,promises_namespaceObject.symlink)(target, reach(path));
    }
    await (0,promises_namespaceObject.mkdir)(reach('/dev/pts'));
    await (0,promises_namespaceObject.mkdir)(reach('/dev/shm'));
    await (0,promises_namespaceObject.chmod)(reach('/dev/shm'), 0o1777);
}
/** For files that programs need from us. It disappears with /run. */
const guestDirectory = '/run/ch-golden';
async function writeGuestFile(chroot, path, content, mode) {
    await (0,promises_namespaceObject.mkdir)((0,external_node_path_namespaceObject.dirname)(chroot.reach(path)), { recursive: true });
    await (0,promises_namespaceObject.writeFile)(chroot.reach(path), content, { mode });
}

;// CONCATENATED MODULE: ./build/image/mount/change-system.js









const updateWithinMs = 10 * 60_000;
const changeWithinMs = 60 * 60_000;
const preferences = `${guestDirectory}/security-preferences`;
/** Updates the package lists, and returns the bytes that the edits need. */
async function measureNeededBytes(edits, chroot) {
    await runApt(chroot, updateCommand, 'read the package lists', updateWithinMs);
    await writeGuestFile(chroot, preferences, securityPreferences, 0o644);
    if (edits.some((edit) => edit.kind === 'upgrade' && edit.scope === 'security'))
        await assertSecurityArchive(chroot);
    let needed = 0;
    for (const edit of edits) {
        const { stdout } = await runApt(chroot, asDryRun(formatApt(edit, preferences)), formatCommandEdit(edit), updateWithinMs);
        needed += parseNeededBytes(stdout);
    }
    return needed;
}
async function assertSecurityArchive(chroot) {
    const { stdout } = await runApt(chroot, listSourcesCommand, 'list the sources of packages', updateWithinMs);
    if (hasSecurityArchive(stdout))
        return;
    throw securityArchiveFailure();
}
/** Installs, upgrades or runs a script. @throws Failure with the last lines of output as evidence */
async function changeSystem(edit, chroot, ports) {
    if (!isPackageEdit(edit))
        return change_system_runScript(edit, chroot, ports);
    await writeGuestFile(chroot, preferences, securityPreferences, 0o644);
    const { stdout } = await runApt(chroot, formatApt(edit, preferences), formatCommandEdit(edit), changeWithinMs);
    const summary = /^\d+ upgraded, .*$/m.exec(stdout)?.[0];
    ports.log.info(`Done: ${formatCommandEdit(edit)}${summary === undefined ? '' : ` (${summary})`}`);
}
async function runApt(chroot, argv, what, timeoutMs) {
    try {
        return await chroot.run(argv, timeoutMs);
    }
    catch (error) {
        throw error instanceof errors_ToolError ? aptFailure(error, what, diskCauses) : error;
    }
}
function formatCommandEdit(edit) {
    if (edit.kind === 'install')
        return `install ${edit.packages.join(' ')}`;
    return edit.scope === 'security' ? 'upgrade from security archives' : 'upgrade';
}
async function change_system_runScript({ name, script }, chroot, { log }) {
    const content = await (0,promises_namespaceObject.readFile)(script.file);
    if (files_sha256Of(content) !== script.sha256)
        throw changedFailure(`the script ${name}`);
    const path = `${guestDirectory}/script`;
    await writeGuestFile(chroot, path, content, 0o700);
    try {
        await chroot.run([path], changeWithinMs);
    }
    catch (error) {
        if (!(error instanceof errors_ToolError))
            throw error;
        throw new errors_Failure(`the script ${name} ${formatExit(error)}`, {
            evidence: error.evidence.slice(-20),
            cause: error,
        });
    }
    log.info(`Ran ${name}`);
}
/** The script runs in a shell, which exits with 128 and the number of the signal that killed it (dash(1)). */
function formatExit({ exitCode }) {
    if (exitCode === undefined)
        return 'was killed';
    return exitCode > 128 && exitCode <= 128 + 64
        ? `was killed by signal ${exitCode - 128}`
        : `failed with exit code ${exitCode}`;
}

;// CONCATENATED MODULE: ./build/image/mount/edit-files.js
var edit_files_addDisposableResource = (undefined && undefined.__addDisposableResource) || function (env, value, async) {
    if (value !== null && value !== void 0) {
        if (typeof value !== "object" && typeof value !== "function") throw new TypeError("Object expected.");
        var dispose, inner;
        if (async) {
            if (!Symbol.asyncDispose) throw new TypeError("Symbol.asyncDispose is not defined.");
            dispose = value[Symbol.asyncDispose];
        }
        if (dispose === void 0) {
            if (!Symbol.dispose) throw new TypeError("Symbol.dispose is not defined.");
            dispose = value[Symbol.dispose];
            if (async) inner = dispose;
        }
        if (typeof dispose !== "function") throw new TypeError("Object not disposable.");
        if (inner) dispose = function() { try { inner.call(this); } catch (e) { return Promise.reject(e); } };
        env.stack.push({ value: value, dispose: dispose, async: async });
    }
    else if (async) {
        env.stack.push({ async: true });
    }
    return value;
};
var edit_files_disposeResources = (undefined && undefined.__disposeResources) || (function (SuppressedError) {
    return function (env) {
        function fail(e) {
            env.error = env.hasError ? new SuppressedError(e, env.error, "An error was suppressed during disposal.") : e;
            env.hasError = true;
        }
        var r, s = 0;
        function next() {
            while (r = env.stack.pop()) {
                try {
                    if (!r.async && s === 1) return s = 0, env.stack.push(r), Promise.resolve().then(next);
                    if (r.dispose) {
                        var result = r.dispose.call(r.value);
                        if (r.async) return s |= 2, Promise.resolve(result).then(next, function(e) { fail(e); return next(); });
                    }
                    else s |= 1;
                }
                catch (e) {
                    fail(e);
                }
            }
            if (s === 1) return env.hasError ? Promise.reject(env.error) : Promise.resolve();
            if (env.hasError) throw env.error;
        }
        return next();
    };
})(typeof SuppressedError === "function" ? SuppressedError : function (error, suppressed, message) {
    var e = new Error(message);
    return e.name = "SuppressedError", e.error = error, e.suppressed = suppressed, e;
});







/**
 * Applies operations to a mounted guest. Their paths lead through no link, so none leads out of the image, and nothing
 * exists yet at the paths that they create.
 * @param root this process's path of the guest's root directory
 */
async function applyOperations(operations, root) {
    for (const operation of operations) {
        try {
            await applyOperation(operation, (0,external_node_path_namespaceObject.join)(root, guestPathOf(operation)));
        }
        catch (error) {
            if (!hasCode(error, 'ENOSPC'))
                throw error;
            throw new errors_Failure(`the image's filesystem for ${operation.mount.path} is full: ${guestPathOf(operation)} does not fit`, {
                fix: 'use a base with a larger filesystem, or install less',
                cause: error,
            });
        }
    }
}
async function applyOperation(operation, path) {
    switch (operation.kind) {
        case 'write':
            return writeNew(path, operation.content, operation.attributes);
        case 'make-directory':
            await (0,promises_namespaceObject.mkdir)(path);
            return edit_files_setAttributes(path, operation.attributes);
        case 'set-attributes':
            if (!(await (0,promises_namespaceObject.lstat)(path)).isDirectory())
                throw new errors_Failure(`${guestPathOf(operation)} in the image is not a directory`);
            return edit_files_setAttributes(path, operation.attributes);
        case 'link':
            return (0,promises_namespaceObject.symlink)(operation.target, path);
        case 'remove-file':
            return (0,promises_namespaceObject.unlink)(path);
        case 'remove-directory':
            return (0,promises_namespaceObject.rmdir)(path);
    }
}
async function writeNew(path, content, attributes) {
    const env_1 = { stack: [], error: void 0, hasError: false };
    try {
        const file = edit_files_addDisposableResource(env_1, await (0,promises_namespaceObject.open)(path, 'wx', 0o600), true);
        if (!('file' in content))
            await file.writeFile(toBytes(content));
        else
            await copyInto(file, content.file, content.sha256);
        await file.chown(attributes.uid, attributes.gid);
        // After the owner: chown(2) clears setuid.
        await file.chmod(attributes.mode);
    }
    catch (e_1) {
        env_1.error = e_1;
        env_1.hasError = true;
    }
    finally {
        const result_1 = edit_files_disposeResources(env_1);
        if (result_1)
            await result_1;
    }
}
async function copyInto(target, source, sha256) {
    const hash = (0,external_node_crypto_namespaceObject.createHash)('sha256');
    for await (const piece of (0,external_node_fs_namespaceObject.createReadStream)(source)) {
        hash.update(piece);
        await target.writeFile(piece);
    }
    if (hash.digest('hex') !== sha256)
        throw changedFailure(source);
}
async function edit_files_setAttributes(path, { mode, uid, gid }) {
    await (0,promises_namespaceObject.chown)(path, uid, gid);
    await (0,promises_namespaceObject.chmod)(path, mode);
}

;// CONCATENATED MODULE: external "node:events"
const external_node_events_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");
;// CONCATENATED MODULE: ./build/image/mount/mount-space.js


const holder = ['unshare', '--mount', '--', 'sh', '-c', 'echo ready && exec sleep infinity'];
/**
 * Does the work in a separate namespace inside of the disk's. If the disk's server were the last process in a namespace
 * with filesystems on that disk, it could never exit: the kernel would unmount them first and wait for the server,
 * whose /dev/fuse is only closed after that (Linux 6.18, do_exit: namespaces before deferred closes).
 */
async function withMountSpace(disk, ports, work) {
    const output = new external_node_events_namespaceObject.EventEmitter();
    const ready = (0,external_node_events_namespaceObject.once)(output, 'line').then(() => true);
    const running = await disk.start({ argv: holder, onLine: () => output.emit('line') });
    try {
        if (!(await Promise.race([ready, running.exited.then(() => false)]))) {
            throw new errors_Failure('could not create a mount namespace', { evidence: running.tail() });
        }
        return await work({
            run: async (command) => ports.processes.run({
                ...command,
                argv: ['nsenter', `--target=${running.pid}`, '--mount', '--', ...command.argv],
            }),
            reach: (path) => `/proc/${running.pid}/root${path}`,
        });
    }
    finally {
        await running.stop();
    }
}

;// CONCATENATED MODULE: ./build/image/mount/mounted-guest.js





const detachWithinMs = 60_000;
/**
 * Mounts root and `/boot`, does the work, and unmounts them. The mounts live in the namespace, and the loop devices as
 * long as their mounts (autoclear): even if we are killed, the kernel removes both with the last process in the
 * namespace.
 */
async function withMounts({ guest, rawPath, directory }, space, work) {
    const root = (0,external_node_path_namespaceObject.join)(directory, 'root');
    const places = partitionsOf(guest).map((part) => ({ part, path: (0,external_node_path_namespaceObject.join)(root, part.mount.path) }));
    await (0,promises_namespaceObject.mkdir)(root);
    try {
        for (const place of places)
            await mountPartition(rawPath, place, space);
        const result = await work({ space, root, devices: await prepareDevices(rawPath, places, space) });
        for (const { path } of places)
            await space.run({ argv: ['mount', '-o', 'remount,ro', path] });
        return result;
    }
    finally {
        await space.run({ argv: ['umount', '--recursive', '--quiet', root] }).catch(() => undefined);
        await waitForDetach(rawPath, space).finally(async () => (0,promises_namespaceObject.rmdir)(root));
    }
}
/**
 * `errors=` overrides a filesystem's own setting, which could panic the machine. `discard` frees the space of removed
 * files, so packages that were only downloaded take none in the overlay.
 */
async function mountPartition(rawPath, { part: { partition }, path }, space) {
    // A link could lead out of the image.
    if (!(await (0,promises_namespaceObject.lstat)(space.reach(path))).isDirectory())
        throw new errors_Failure('/boot in the image is not a directory');
    const options = [
        `loop,offset=${partition.start},sizelimit=${partition.length}`,
        'nodev,noatime,discard,noinit_itable,errors=remount-ro',
    ].join(',');
    await space.run({ argv: ['mount', '-t', 'ext4', '-o', options, rawPath, path] });
}
/**
 * ext4 zeroes small ranges with a request that a loop device turns into a hole in its file. QEMU's FUSE export (7.2)
 * treats that as a discard and keeps parts of clusters, so a new file would have old bytes. This setting makes ext4
 * write the zeros.
 */
async function prepareDevices(rawPath, places, space) {
    const loops = await listLoops(rawPath, space);
    return Promise.all(places.map(async ({ part }) => {
        const path = loops.find((loop) => loop.offset === part.partition.start)?.path;
        if (path === undefined)
            throw new errors_Failure(`partition ${part.partition.number} is mounted but has no loop device`);
        await (0,promises_namespaceObject.writeFile)(`/sys/fs/ext4/${(0,external_node_path_namespaceObject.basename)(path)}/extent_max_zeroout_kb`, '0');
        return { path, number: part.partition.number, uuid: part.mount.filesystem.uuid };
    }));
}
/** The kernel detaches a device shortly after its last mount. */
async function waitForDetach(rawPath, space) {
    const deadline = systemClock.now() + detachWithinMs;
    while ((await listLoops(rawPath, space)).length > 0) {
        if (systemClock.now() > deadline)
            throw new errors_Failure(`the image's loop devices were still in use after ${detachWithinMs / 1000} s`);
        await systemClock.sleep(10);
    }
}
async function listLoops(rawPath, space) {
    const { stdout } = await space.run({
        argv: ['losetup', '--noheadings', '--raw', '--output', 'NAME,OFFSET', '--associated', rawPath],
    });
    return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
        const [path = '', offset = ''] = line.split(' ');
        return { path, offset: Number(offset) };
    });
}

;// CONCATENATED MODULE: ./build/image/mount/pinned-sources.js




const configuration = `${guestDirectory}/apt.conf`;
const sourcesPath = `${guestDirectory}/pinned.sources`;
/** Bytes of one package list: that of Ubuntu's universe has 70 million. */
const largestIndex = 512 * 1024 ** 2;
/** Makes every apt in the guest use the pinned sources, in scripts too: apt reads this file first (apt.conf(5)). */
const pinnedEnvironment = { APT_CONFIG: configuration };
async function writePin({ sources }, chroot) {
    await writeGuestFile(chroot, sourcesPath, sources, 0o644);
    await writeGuestFile(chroot, configuration, formatPinConfiguration(sourcesPath), 0o644);
}
/** The guest's paths of the snapshot's package lists. */
async function listPinnedIndexes({ snapshot }, chroot) {
    const { stdout } = await chroot.run(listIndexesCommand, 60_000);
    return stdout
        .split('\n')
        .map((line) => line.split('|'))
        .flatMap(([uri = '', path = '']) => (uri.includes(`/${snapshot}/`) ? [path] : []));
}
async function readIndexes(paths, files) {
    return listIndexed(await Promise.all(paths.map(async (path) => (await files.read(path, largestIndex)).toString('utf8'))));
}

;// CONCATENATED MODULE: ./build/image/mount/mount-driver.js

















/**
 * Applies every edit as root: the kernel mounts the image's filesystems in a private namespace, where programs of the
 * image run.
 */
const mountDriver = { name: 'mount', apply: mountEdits };
async function mountEdits(plan, ports) {
    const indexed = new Set();
    let pin;
    for (const phase of splitPlan(plan.edits)) {
        if (phase.kind === 'files')
            await editFiles(plan, () => phase.edits, ports);
        else {
            const ran = await runPrograms(plan, phase.edits, pin, ports);
            pin = ran.pin;
            for (const version of ran.indexed)
                indexed.add(version);
        }
    }
    if (pin === undefined)
        return undefined;
    const last = pin;
    return withDisk(plan, ports, async (_, guest) => findPinnedPackages(last, indexed, guest.files, ports.log));
}
/** Groups consecutive edits of one kind, in the plan's order. */
function splitPlan(edits) {
    const phases = [];
    for (const edit of edits) {
        const last = phases.at(-1);
        if (isFileEdit(edit)) {
            if (last?.kind === 'files')
                phases[phases.length - 1] = { kind: 'files', edits: [...last.edits, edit] };
            else
                phases.push({ kind: 'files', edits: [edit] });
        }
        else if (last?.kind === 'system')
            phases[phases.length - 1] = { kind: 'system', edits: [...last.edits, edit] };
        else
            phases.push({ kind: 'system', edits: [edit] });
    }
    return phases;
}
/** Opens the overlay, and the guest in its current state. `work` must unmount what it mounts. */
async function withDisk({ overlay, directory }, ports, work) {
    const disk = await openEditableDisk(overlay, directory, ports);
    try {
        return await withRawFile(disk.reach(disk.rawPath), async (raw) => work(disk, await openGuest(raw)));
    }
    finally {
        await disk.close();
    }
}
async function withMountedGuest({ directory }, { disk, guest }, ports, work) {
    return withMountSpace(disk, ports, async (space) => withMounts({ guest, rawPath: disk.rawPath, directory }, space, work));
}
async function editFiles(plan, listEdits, ports) {
    const attributes = await withDisk(plan, ports, async (disk, guest) => {
        const operations = await resolveEdits(await listEdits(guest), guest.files);
        const planned = await planAttributes(operations, guest.files);
        await withMountedGuest(plan, { disk, guest }, ports, async ({ space, root }) => applyOperations(operations, space.reach(root)));
        ports.log.detail(`Applied ${operations.length} operations to files`);
        return planned;
    });
    await setAttributes(attributes, plan, ports);
}
async function runPrograms(plan, edits, before, ports) {
    const { temporary, pin } = await withDisk(plan, ports, async (_, { files }) => ({
        temporary: await planTemporaryFiles(files),
        pin: before ?? (await planPin(edits, files, ports.log)),
    }));
    await editFiles(plan, () => temporary.map((file) => file.replace), ports);
    const packages = edits.filter(isPackageEdit);
    const indexed = await withFullDiskFailure(plan, ports, async () => {
        const prepared = packages.length === 0 ? new Set() : await preparePackages(plan, packages, pin, ports);
        await inChroot(plan, pin, ports, async (chroot) => {
            for (const edit of edits)
                await changeSystem(edit, chroot, ports);
        });
        return prepared;
    });
    await editFiles(plan, async (guest) => planRestore(temporary, guest.files), ports);
    return { pin, indexed };
}
async function inChroot(plan, pin, ports, work) {
    return withDisk(plan, ports, async (disk, guest) => withMountedGuest(plan, { disk, guest }, ports, async (mounted) => {
        const chroot = await enterChroot(mounted, pin === undefined ? {} : pinnedEnvironment, ports);
        if (pin !== undefined)
            await writePin(pin, chroot);
        return work(chroot, mounted);
    }));
}
/**
 * Fetches the package lists, and grows the disk if the packages need it. Reads the lists now, because a script may
 * remove them.
 */
async function preparePackages(plan, packages, pin, ports) {
    await growForLists(plan, ports);
    const { need, indexes } = await inChroot(plan, pin, ports, async (chroot, { space, root }) => {
        const needed = await measureNeededBytes(packages, chroot);
        const { bavail, bsize } = await (0,promises_namespaceObject.statfs)(space.reach(root));
        return {
            need: { needed, free: bavail * bsize },
            indexes: pin === undefined ? [] : await listPinnedIndexes(pin, chroot),
        };
    });
    await growForPackages(plan, need, ports);
    return indexes.length === 0 ? new Set() : withDisk(plan, ports, async (_, { files }) => readIndexes(indexes, files));
}

;// CONCATENATED MODULE: ./build/image/mount/serve-mount.js



/**
 * Applies a plan as root for `createSudoMountDriver`, and sends messages about it. Runs in a private mount namespace.
 */
async function serveMount({ plan }, send, { processes }) {
    await serveHelper(async (log) => {
        // Even if we are killed, no file of root's is left in a directory that the user has to remove.
        await processes.run({ argv: ['mount', '-t', 'tmpfs', '-o', 'mode=0700,nosuid', 'none', plan.directory] });
        return withoutUndefined({ pin: await mountDriver.apply(plan, { processes, log }) });
    }, send);
}

;// CONCATENATED MODULE: external "node:readline"
const external_node_readline_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:readline");
;// CONCATENATED MODULE: ./build/platform/secrets/secret-rules.js
const tokens = (what, prefixes, alphabet, min, more = {}) => ({ what, prefixes, alphabet, min, ...more });
/**
 * The beginning of a PEM private key in base64, as in kubeconfigs and Kubernetes secrets: whole groups of three
 * bytes.
 */
const encodedKeys = ['', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED '].map((kind) => {
    const bytes = Buffer.from(`-----BEGIN ${kind}PRIVATE KEY-----`);
    return bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
});
/**
 * Secrets by their form, for both the audit of an image and the redactor. Formats: the vendors' documentation. All are
 * found in one pass over a text, without backtracking. To add one: its prefix, and what can follow.
 */
const tokenRules = [
    tokens('an AWS access key', ['AKIA', 'ASIA'], 'upper', 16, { max: 16 }),
    tokens('a GitHub token', ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], 'word', 20),
    tokens('a GitHub token', ['github_pat_'], 'word', 20),
    tokens('a GitLab token', [
        'glpat-',
        'gldt-',
        'glrt-',
        'glrtr-',
        'glcbt-',
        'glptt-',
        'glft-',
        'glimt-',
        'glagent-',
        'glsoat-',
        'glffct-',
        'gloas-',
    ], 'dashed', 20),
    tokens('a GitLab token', ['GR1348941'], 'dashed', 20, { max: 20 }),
    tokens('an npm token', ['npm_'], 'letters', 36, { max: 36 }),
    tokens('a PyPI token', ['pypi-AgEIcHlwaS5vcmc', 'pypi-AgENdGVzdC5weXBpLm9yZw'], 'dashed', 50),
    tokens('a RubyGems token', ['rubygems_'], 'hex', 48, { max: 48 }),
    tokens('a Docker token', ['dckr_pat_', 'dckr_oat_'], 'dashed', 27),
    tokens('a Vault token', ['hvs.', 'hvb.', 'hvr.'], 'dashed', 24),
    tokens('a Terraform Cloud token', ['.atlasv1.'], 'dashed', 60),
    tokens('a Slack token', ['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxe-', 'xoxe.xoxp-', 'xapp-'], 'dashed', 20),
    tokens('a Slack webhook', ['https://hooks.slack.com/services/T'], 'url', 30),
    tokens('a Stripe key', ['sk_live_', 'rk_live_', 'whsec_'], 'letters', 24),
    tokens('a Google API key', ['AIza'], 'dashed', 35, { max: 35 }),
    tokens('a Google client secret', ['GOCSPX-'], 'dashed', 28, { max: 28 }),
    tokens('a Google access token', ['ya29.'], 'dashed', 40),
    tokens('a SendGrid key', ['SG.'], 'dotted', 66, { max: 66, dots: 1 }),
    tokens('a DigitalOcean token', ['dop_v1_', 'doo_v1_', 'dor_v1_'], 'hex', 64, { max: 64 }),
    tokens('a Databricks token', ['dapi'], 'hex', 32, { max: 32 }),
    tokens('a Hugging Face token', ['hf_'], 'letters', 34, { max: 40 }),
    tokens('an OpenAI key', ['sk-proj-', 'sk-svcacct-', 'sk-admin-'], 'dashed', 40),
    tokens('an Anthropic key', ['sk-ant-'], 'dashed', 40),
    tokens('an Atlassian token', ['ATATT3', 'ATCTT3'], 'dashed', 60),
    tokens('a Shopify token', ['shpat_', 'shpca_', 'shppa_', 'shpss_'], 'hex', 32, { max: 32 }),
    tokens('a Linear key', ['lin_api_'], 'letters', 40, { max: 40 }),
    tokens('a PlanetScale secret', ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'], 'dashed', 32),
    tokens('a Grafana token', ['glsa_', 'glc_'], 'word', 32),
    tokens('a New Relic key', ['NRAK-'], 'upper', 27, { max: 27 }),
    tokens('a Postman key', ['PMAK-'], 'dashed', 59, { max: 59 }),
    tokens('a Pulumi token', ['pul-'], 'hex', 40, { max: 40 }),
    tokens('a Doppler token', ['dp.pt.', 'dp.st.', 'dp.sa.'], 'dotted', 40),
    tokens('a Fly.io token', ['FlyV1 fm2_', 'fo1_'], 'dashed', 40),
    tokens('a Tailscale key', ['tskey-auth-', 'tskey-client-', 'tskey-api-'], 'dashed', 20),
    tokens('a 1Password token', ['ops_eyJ'], 'dashed', 100),
    tokens('an age key', ['AGE-SECRET-KEY-1'], 'upper', 58, { max: 58 }),
    tokens('a private key', ['PuTTY-User-Key-File-2: ', 'PuTTY-User-Key-File-3: ', '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY'], 'dashed', 0),
    tokens('a private key', encodedKeys, 'base64', 20),
    tokens('a JSON Web Token', ['eyJ'], 'dotted', 22, { dots: 2, onlyMasked: true }),
];
/** Secrets without a recognizable form, in files in which a name identifies them. */
const assignmentRules = [
    {
        what: 'an AWS secret key',
        names: ['aws_secret_access_key', 'aws_secret_key', 'secretaccesskey'],
        alphabet: 'base64',
        min: 40,
        max: 40,
    },
    { what: 'a WireGuard key', names: ['privatekey', 'presharedkey'], alphabet: 'base64', min: 44, max: 44 },
    { what: 'an npm token', names: ['_authtoken', '_auth'], alphabet: 'url', min: 16 },
    { what: 'an Azure storage key', names: ['accountkey', 'sharedaccesskey'], alphabet: 'base64', min: 44 },
    { what: 'a Vault token', names: ['vault_token'], alphabet: 'dotted', min: 20 },
];
/** Parts of names of variables, fields and parameters. Their values are masked in anything that others read. */
const secretNames = [
    'secret',
    'token',
    'password',
    'passwd',
    'private-key',
    'private_key',
    'privatekey',
    'access-key',
    'access_key',
    'accesskey',
    'api-key',
    'api_key',
    'apikey',
    'credential',
    'signature',
];
/** Parameters of addresses whose values are masked. */
const secretParameters = [
    'sig',
    'key',
    'auth',
    'code',
    'x-amz-signature',
    'x-amz-credential',
    'x-amz-security-token',
    'x-amz-date',
    'x-amz-algorithm',
];
/** True for the name of a variable or a field whose value is a secret. */
function isSecretName(name) {
    return secretNames.some((part) => name.toLowerCase().includes(part));
}

;// CONCATENATED MODULE: ./build/platform/process/environment.js



/**
 * The variables that child processes inherit. Everything else is withheld: credentials, and the files and tokens with
 * which a program could change later steps of a GitHub job.
 */
const inheritedNames = [
    // The user and the machine
    /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|TMPDIR|TMP|TEMP|LANG|LD_LIBRARY_PATH|SOURCE_DATE_EPOCH|GNUPGHOME|CI)$/,
    /^(DBUS_SESSION_BUS_ADDRESS|XDG_RUNTIME_DIR|\w+_HOME)$/,
    // The network
    /^(https?|ftp|all|no)_proxy$/i,
    /^(SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE|GIT_SSL_CAINFO|GIT_SSL_CAPATH)$/,
    /^(GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|GIT_SSH|GIT_SSH_COMMAND|GIT_TERMINAL_PROMPT)$/,
    // Toolchains: `go help environment`, Node.js, npm, nx, C
    /^(GO[A-Z0-9]+|GO_EXTLINK_ENABLED|CGO_\w+|GCCGO)$/,
    /^(NODE_(OPTIONS|PATH|ENV|VERSION)|NVM_\w+|COREPACK_\w+|YARN_\w+|NX_\w+|npm_config_\w+)$/i,
    /^(CC|CXX|AR|LD|CFLAGS|CXXFLAGS|CPPFLAGS|LDFLAGS|MAKEFLAGS|PKG_CONFIG\w*)$/,
    /^(LIBGUESTFS|SUPERMIN)_\w+$/,
    // Facts about a GitHub job. The runner uses RUNNER_TRACKING_ID to find processes that a lost job left behind.
    /^GITHUB_(ACTIONS|ACTOR|BASE_REF|EVENT_NAME|HEAD_REF|JOB|REF(_NAME|_TYPE)?)$/,
    /^GITHUB_(REPOSITORY(_OWNER)?|SHA|WORKFLOW|WORKSPACE)$/,
    /^GITHUB_(RUN_(ID|NUMBER|ATTEMPT)|(SERVER|API|GRAPHQL)_URL)$/,
    /^RUNNER_(OS|ARCH|TOOL_CACHE|TRACKING_ID)$/,
];
/** Credentials of npm and yarn, whose other settings are inherited. */
const authSetting = /_auth(_|$)/i;
/** The files and tokens of a GitHub job: with them a program could forge outputs, or change the steps that follow. */
const runnerChannel = /^(GITHUB_(ENV|OUTPUT|PATH|STATE|STEP_SUMMARY)|ACTIONS_\w+|INPUT_\w+|STATE_\w+)$/i;
/**
 * The environment of every child process: the variables of the list above, with the C locale and UTC, so that output
 * can be parsed.
 */
function childEnvironment(environment) {
    const inherited = Object.entries(environment).filter((entry) => entry[1] !== undefined &&
        !isSecretName(entry[0]) &&
        !authSetting.test(entry[0]) &&
        !runnerChannel.test(entry[0]) &&
        inheritedNames.some((name) => name.test(entry[0])));
    return { ...Object.fromEntries(inherited), LC_ALL: 'C', TZ: 'UTC' };
}
/** @throws UsageError unless the user may pass this variable to a program. `input` is the name of the input. */
function checkVariableName(input, name) {
    if (!/^[A-Za-z_]\w{0,127}$/.test(name)) {
        throw new UsageError(`${input} has ${quoteText(name, 60)}, which is not a valid name of an environment variable`, {
            fix: 'list names only, such as GITHUB_TOKEN; their values come from the environment',
        });
    }
    if (runnerChannel.test(name)) {
        throw new UsageError(`${input} has ${name}, through which a program could change later steps of the job`, {
            fix: `remove ${name} from ${input}`,
        });
    }
    return name;
}
/** The variables that the user passes to a program. @throws Failure if one of them is not set */
function pickVariables(environment, names) {
    return Object.fromEntries(names.map((name) => {
        const value = environment[name];
        if (value === undefined) {
            throw new errors_Failure(`environment variable ${name} is not set`, {
                fix: `set ${name} (in a workflow, with env: on the step), or remove it from daemon-build-env`,
            });
        }
        return [name, value];
    }));
}
/** Names whose values are secrets. Narrower than `isSecretName`: AWS_WEB_IDENTITY_TOKEN_FILE is a path. */
const secretValue = /(TOKEN|SECRET|PASSWORD|PRIVATE_KEY|ACCESS_KEY|ACCESS_KEY_ID|API_KEY)$/;
/** The secrets in this environment, which must be removed from anything that others read. */
function listSecrets(environment) {
    return Object.entries(environment).flatMap(([name, value]) => value !== undefined && secretValue.test(name) ? [value] : []);
}

;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");
;// CONCATENATED MODULE: ./build/platform/secrets/match-literals.js
const codes = 128;
/** @param literals of ASCII, lower case if `ignoresCase` */
function createMatcher(literals, { ignoresCase }) {
    const { next, ends } = buildAutomaton(literals);
    const isEnd = Uint8Array.from(ends, (indexes) => (indexes.length > 0 ? 1 : 0));
    const fold = foldCodes(ignoresCase);
    return {
        scan: (text, onMatch) => {
            let steps = 0;
            let state = 0;
            for (let at = 0; at < text.length; at++) {
                steps++;
                const code = text.charCodeAt(at);
                state = code < codes ? (next[state * codes + (fold[code] ?? 0)] ?? 0) : 0;
                if (isEnd[state] === 0)
                    continue;
                for (const literal of ends[state] ?? []) {
                    const resume = onMatch(literal, at + 1);
                    if (resume === undefined || resume <= at)
                        continue;
                    at = resume - 1;
                    state = 0;
                    break;
                }
            }
            return steps;
        },
    };
}
function foldCodes(ignoresCase) {
    return Uint8Array.from({ length: codes }, (_, code) => (ignoresCase && code >= 65 && code <= 90 ? code + 32 : code));
}
/**
 * `next`: the state that follows a state and a character. `ends`: the literals that end in a state, the longest
 * first.
 */
function buildAutomaton(literals) {
    const children = [new Map()];
    const ends = [[]];
    for (const [index, literal] of literals.entries()) {
        let state = 0;
        for (let at = 0; at < literal.length; at++) {
            const code = literal.charCodeAt(at);
            const known = children[state]?.get(code);
            const following = known ?? children.push(new Map()) - 1;
            if (known === undefined) {
                ends.push([]);
                children[state]?.set(code, following);
            }
            state = following;
        }
        ends[state]?.push(index);
    }
    return { next: linkStates(children, ends), ends };
}
/** In breadth-first order, so that the state to fall back to is finished first. */
function linkStates(children, ends) {
    const next = new Int32Array(children.length * codes);
    const fallback = new Int32Array(children.length);
    const queue = [0];
    for (const state of queue) {
        const back = fallback[state] ?? 0;
        if (state !== 0)
            ends[state]?.push(...(ends[back] ?? []));
        for (let code = 0; code < codes; code++) {
            const beside = state === 0 ? 0 : (next[back * codes + code] ?? 0);
            const child = children[state]?.get(code);
            next[state * codes + code] = child ?? beside;
            if (child === undefined)
                continue;
            fallback[child] = beside;
            queue.push(child);
        }
    }
    return next;
}

;// CONCATENATED MODULE: ./build/platform/secrets/find-secrets.js


/** Two matchers read each character once, and verifying a match reads some a few times more. */
const maxStepsPerCharacter = 24;
/**
 * Finds secrets by their form. With `masking`, also finds values of names such as `password`, and forms that are common
 * in documentation.
 */
function findSecrets(text, { masking }) {
    const cursor = createCursor(text);
    const found = [];
    const search = ({ matcher, rules }) => matcher.scan(text, (literal, end) => {
        const secret = rules[literal]?.(cursor, end);
        if (secret !== undefined)
            found.push(secret);
        return secret?.end;
    });
    const steps = search(exactRules(masking)) + search(namedRules(masking));
    return { found: mergeOverlaps(found), steps: steps + cursor.steps() };
}
function createRuleSet(entries, ignoresCase) {
    return {
        matcher: createMatcher(entries.map(([literal]) => literal), { ignoresCase }),
        rules: entries.map(([, rule]) => rule),
    };
}
/** Creates a value on first use. */
function once(create) {
    const made = new Map();
    return (masking) => {
        const value = made.get(masking) ?? create(masking);
        made.set(masking, value);
        return value;
    };
}
const exactRules = once((masking) => createRuleSet([
    ...tokenRules
        .filter(({ onlyMasked = false }) => masking || !onlyMasked)
        .flatMap((rule) => rule.prefixes.map((prefix) => [prefix, (cursor, end) => findToken(rule, prefix, cursor, end)])),
    [beginMark, findPrivateKey],
    ...(masking ? [['://', findUserInfo]] : []),
], false));
const namedRules = once((masking) => createRuleSet([
    ...assignmentRules.flatMap((rule) => rule.names.map((name) => [name, (cursor, end) => findAssignment(rule, name, cursor, end)])),
    ...(masking
        ? [
            ...secretNames.map((name) => [name, findNamedValue]),
            ['authorization', findAuthorization],
            ...secretParameters.map((name) => [`${name}=`, (cursor, end) => findParameter(name, cursor, end)]),
        ]
        : []),
], true));
function findToken({ what, alphabet, min, max = Infinity, dots = 0 }, prefix, cursor, from) {
    const start = from - prefix.length;
    if (/^\w/.test(prefix) && cursor.has('word', start - 1))
        return undefined;
    const end = cursor.endOf(alphabet, from);
    if (end - from < min || end - from > max || (max < Infinity && cursor.has('word', end)))
        return undefined;
    return cursor.dot(dots, from) < end ? { what, start, end } : undefined;
}
const beginMark = '-----BEGIN ';
const longestLabel = 64;
/** Characters of the longest key that is masked to its end mark: RSA with 16,384 bits has 13,000. */
const maxKeyLength = 24_000;
const maxKeyLines = 100;
const longestKeyLine = 400;
/** The fewest characters of base64 in a line of a key. */
const minKeyRun = 32;
/** A private key from its first mark to its last or, if the last is cut off, as far as lines look like one. */
function findPrivateKey(cursor, from) {
    const labelEnd = cursor.privateKeyLabel(from);
    if (labelEnd === undefined)
        return undefined;
    const mark = cursor.endMark(labelEnd);
    const end = mark - labelEnd <= maxKeyLength ? cursor.privateKeyLabel(mark + '-----END '.length) : undefined;
    return { what: 'a private key', start: from - beginMark.length, end: end ?? cursor.endOfKeyLines(labelEnd) };
}
const longestUserInfo = 500;
/** `user:password` of an address. */
function findUserInfo(cursor, from) {
    const end = cursor.endOf('userInfo', from);
    const isOne = cursor.at(end) === '@' && end > from && end - from <= longestUserInfo && cursor.has('letters', from - 4);
    return isOne ? { what: 'a password in an address', start: from, end } : undefined;
}
function findAssignment({ what, alphabet, min, max = Infinity }, name, cursor, from) {
    if (cursor.has('letters', from - name.length - 1) || cursor.has('word', from))
        return undefined;
    const value = cursor.valueAfter(from);
    if (value === undefined)
        return undefined;
    const start = /["']/.test(cursor.at(value)) ? value + 1 : value;
    const end = cursor.endOf(alphabet, start);
    return end - start >= min && end - start <= max ? { what, start, end } : undefined;
}
/** Characters of a name after the part that marks it as secret. */
const maxNameLength = 64;
function findNamedValue(cursor, from) {
    const nameEnd = cursor.endOf('name', from);
    const start = nameEnd - from > maxNameLength ? undefined : cursor.valueAfter(nameEnd);
    if (start === undefined)
        return undefined;
    const end = cursor.endOfQuoted(start) ?? cursor.endOf('bare', start);
    return end > start ? { what: "a value with a secret's name", start, end } : undefined;
}
/** `Authorization: Bearer …` */
function findAuthorization(cursor, from) {
    const value = cursor.valueAfter(from);
    if (value === undefined)
        return undefined;
    const opened = /["']/.test(cursor.at(value)) ? value + 1 : value;
    const scheme = cursor.endOf('word', opened);
    const start = scheme > opened && cursor.at(scheme) === ' ' ? scheme + 1 : opened;
    const end = cursor.endOf('credentials', start);
    return end > start ? { what: 'an authorization', start, end } : undefined;
}
function findParameter(name, cursor, from) {
    if (!/[?&]/.test(cursor.at(from - name.length - 2)))
        return undefined;
    const end = cursor.endOf('parameter', from);
    return end > from ? { what: 'a secret in an address', start: from, end } : undefined;
}
function mergeOverlaps(found) {
    const merged = [];
    for (const one of [...found].sort((a, b) => a.start - b.start || b.end - a.end)) {
        const last = merged.at(-1);
        if (last === undefined || one.start >= last.end)
            merged.push(one);
        else if (one.end > last.end)
            merged[merged.length - 1] = { ...last, end: one.end };
    }
    return merged;
}
const alphabets = {
    hex: /[0-9a-fA-F]/,
    letters: /[0-9A-Za-z]/,
    upper: /[0-9A-Z]/,
    word: /\w/,
    dashed: /[\w-]/,
    dotted: /[\w.-]/,
    base64: /[0-9A-Za-z+/=]/,
    name: /[\w.-]/,
    space: /\s/,
    url: /[\w./+=%~-]/,
    bare: /[^\s"'&,;]/,
    parameter: /[^\s&"'<>]/,
    userInfo: /[^\s/@"'<>]/,
    credentials: /[^\s"',;]/,
};
/** Alphabets that are defined by what they exclude, and so have all characters beyond ASCII. */
const openAlphabets = new Set(['bare', 'parameter', 'userInfo', 'credentials']);
const sets = new Map(Object.entries(alphabets).map(([name, pattern]) => [
    name,
    Uint8Array.from({ length: 128 }, (_, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0)),
]));
const maxBlanks = 64;
/** True if the text has a character of the alphabet at this position. */
function hasAt(text, alphabet, place) {
    const code = text.charCodeAt(place);
    return code < 128 ? sets.get(alphabet)?.[code] === 1 : code >= 128 && openAlphabets.has(alphabet);
}
function createCursor(text) {
    let steps = 0;
    const count = (more) => {
        steps += more;
    };
    const endOf = createRuns(text, count);
    const next = createSearches(text, count);
    return {
        at: (place) => text.charAt(place),
        has: (alphabet, place) => hasAt(text, alphabet, place),
        endOf,
        valueAfter: (from) => {
            const unquoted = /["']/.test(text.charAt(from)) ? from + 1 : from;
            const sign = endOf('space', unquoted);
            if (sign - unquoted > maxBlanks || !/[=:]/.test(text.charAt(sign)))
                return undefined;
            const value = endOf('space', sign + 1);
            return value - sign > maxBlanks ? undefined : value;
        },
        endOfQuoted: (from) => {
            const quote = text.charAt(from);
            if (quote !== '"' && quote !== "'")
                return undefined;
            const [line, close] = [next('\n', 0, from + 1), next(quote, 0, from + 1)];
            return close < line ? close + 1 : undefined;
        },
        dot: (wanted, from) => {
            let place = from;
            for (let depth = 0; depth < wanted; depth++)
                place = next('.', depth, depth === 0 ? from : place + 1);
            return place;
        },
        privateKeyLabel: (from) => {
            count(longestLabel);
            const label = /^(?:[A-Z0-9]+ ){0,8}PRIVATE KEY(?: BLOCK)?-----/.exec(text.slice(from, from + longestLabel))?.[0];
            return label === undefined ? undefined : from + label.length;
        },
        endMark: (from) => next('-----END ', 0, from),
        endOfKeyLines: (from) => findEndOfKeyLines(text, from, count),
        steps: () => steps,
    };
}
/** Walks each run of characters once: a position in a known run has the same end. */
function createRuns(text, count) {
    const runs = new Map();
    return (alphabet, from) => {
        const known = runs.get(alphabet);
        if (known !== undefined && from >= known.from && from <= known.end)
            return known.end;
        let end = from;
        while (end < text.length && hasAt(text, alphabet, end))
            end++;
        count(end - from + 1);
        runs.set(alphabet, { from, end });
        return end;
    };
}
/**
 * Searches for short texts, and remembers the last match of each, so that searches from increasing positions read the
 * text only once.
 */
function createSearches(text, count) {
    const last = new Map();
    return (wanted, depth, from) => {
        if (from >= text.length)
            return Infinity;
        const key = `${depth}${wanted}`;
        const known = last.get(key);
        if (known !== undefined && from >= known.from && from <= known.place)
            return known.place;
        const found = text.indexOf(wanted, from);
        const place = found === -1 ? Infinity : found;
        count(Math.min(place, text.length) - from + 1);
        last.set(key, { from, place });
        return place;
    };
}
/** Lines with base64 in them, to its end. Each may have a prefix, such as a journal's; line breaks may be JSON's. */
function findEndOfKeyLines(text, from, count) {
    let end = from;
    for (let lines = 0; lines < maxKeyLines; lines++) {
        count(longestKeyLine);
        const [, lineBreak, content = ''] = /^(\r?\n|\\n)([^\n\\]*)/.exec(text.slice(end, end + longestKeyLine)) ?? [];
        const last = [...content.matchAll(/[A-Za-z0-9+/=]+/g)].findLast(([run]) => run.length >= minKeyRun);
        if (lineBreak === undefined || last === undefined)
            return end;
        end += lineBreak.length + last.index + last[0].length;
    }
    return end;
}

;// CONCATENATED MODULE: ./build/platform/secrets/redact.js


/** Shorter values, such as `true` and `8080`, are in every text. */
const minLength = 6;
/** Stands for a secret. */
const mask = '***';
/** @param secrets values that are known to be secret */
function createRedactor(secrets) {
    // The longest first: one may be a part of another.
    const known = [
        ...new Set(secrets.flatMap((secret) => [secret, ...secret.split('\n')]).map((secret) => secret.trim())),
    ]
        .filter((secret) => secret.length >= minLength)
        .sort((a, b) => b.length - a.length);
    return {
        text: (text) => maskSecrets(known.reduce((rest, secret) => rest.replaceAll(secret, mask), text)),
        knows: (bytes) => known.some((secret) => bytes.includes(secret)),
    };
}
/** Masks what looks like a secret. */
function maskSecrets(text) {
    const { found } = findSecrets(text, { masking: true });
    const kept = found.map(({ start }, index) => text.slice(found[index - 1]?.end ?? 0, start));
    return [...kept, text.slice(found.at(-1)?.end ?? 0)].join(mask);
}
/** A failure with every text in it redacted. A cancel, and anything that is not a failure, is returned unchanged. */
function redactFailure(thrown, redactor) {
    if (!(thrown instanceof Failure) || thrown instanceof CancelledError)
        return thrown;
    const { message, fix, evidence } = redactTexts({ message: thrown.message, fix: thrown.fix, evidence: thrown.evidence }, redactor);
    const details = { evidence, fix };
    return thrown instanceof UsageError ? new UsageError(message, details) : new Failure(message, details);
}
/** The same value with every text in it redacted. */
function redactTexts(value, redactor) {
    return JSON.parse(JSON.stringify(value), (_, part) => typeof part === 'string' ? redactor.text(part) : part);
}

;// CONCATENATED MODULE: ./build/platform/process/programs.js




/** The Debian and Ubuntu package of each program that this product starts. */
const packageOfProgram = {
    chroot: 'coreutils',
    debugfs: 'e2fsprogs',
    dumpe2fs: 'e2fsprogs',
    e2fsck: 'e2fsprogs',
    mke2fs: 'e2fsprogs',
    fakeroot: 'fakeroot',
    flock: 'util-linux',
    getent: 'libc-bin',
    go: 'golang-go',
    gpgv: 'gpgv',
    ip: 'iproute2',
    losetup: 'mount',
    'mkfs.vfat': 'dosfstools',
    mmdebstrap: 'mmdebstrap',
    newuidmap: 'uidmap',
    mount: 'mount',
    nsenter: 'util-linux',
    npx: 'npm',
    perl: 'perl-base',
    prlimit: 'util-linux',
    'qemu-img': 'qemu-utils',
    'qemu-io': 'qemu-utils',
    'qemu-storage-daemon': 'qemu-system-common',
    'qemu-system-x86_64': 'qemu-system-x86',
    resize2fs: 'e2fsprogs',
    rm: 'coreutils',
    setpriv: 'util-linux',
    setsid: 'util-linux',
    sfdisk: 'fdisk',
    sh: 'dash',
    sudo: 'sudo',
    tar: 'tar',
    umount: 'mount',
    unshare: 'util-linux',
    xorriso: 'xorriso',
};
/** Administrators' programs, which a plain user's PATH often lacks on Debian. */
const administratorDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
/** The absolute path of a program; undefined if it is not installed. */
async function tryFindProgram(program, searchPath) {
    const candidates = (0,external_node_path_namespaceObject.isAbsolute)(program)
        ? [program]
        : [...searchPath.split(external_node_path_namespaceObject.delimiter).filter(external_node_path_namespaceObject.isAbsolute), ...administratorDirectories].map((directory) => (0,external_node_path_namespaceObject.join)(directory, program));
    for (const candidate of candidates) {
        if (await isExecutable(candidate))
            return candidate;
    }
    return undefined;
}
/** The absolute path of a program. @throws Failure that names the package to install. */
async function getProgram(program, searchPath) {
    const found = await tryFindProgram(program, searchPath);
    if (found !== undefined)
        return found;
    const packageName = packageOfProgram[program];
    throw new errors_Failure(`${program} is not installed`, {
        fix: packageName === undefined ? undefined : `sudo apt-get install --no-install-recommends ${packageName}`,
    });
}
async function isExecutable(path) {
    return (0,promises_namespaceObject.access)(path, external_node_fs_namespaceObject.constants.X_OK).then(() => true, () => false);
}

;// CONCATENATED MODULE: ./build/platform/process/shell.js
/** Quotes an argument for a POSIX shell. */
function quoteShell(argument) {
    return `'${argument.replaceAll("'", `'\\''`)}'`;
}

;// CONCATENATED MODULE: ./build/platform/process/processes.js









const tenMinutes = 600_000;
const defaultGraceMs = 2_000;
/** How long children of an exited program may keep its output open. */
const leftoverMs = 5_000;
const collectedCharacters = 64 * 1024 ** 2;
const tailLines = 60;
function createProcesses(options) {
    // Every running process listens for the abort: many listeners are no leak.
    (0,external_node_events_namespaceObject.setMaxListeners)(0, options.signal);
    return {
        run: async (command) => {
            const scope = command.evenAfterCancel === true ? { ...options, signal: new AbortController().signal } : options;
            const masked = { timeoutMs: tenMinutes, ...withMask(command, options) };
            return runToEnd(await launch(command, scope), masked, scope.signal);
        },
        start: async (command) => {
            const child = await launch(command, options);
            const running = watch(child, withMask(command, options));
            const onAbort = () => void running.stop();
            options.signal.addEventListener('abort', onAbort, { once: true });
            void running.exited.then(() => options.signal.removeEventListener('abort', onAbort));
            return running;
        },
        stream: async (command, consume) => streamToEnd(await launch(command, options), withMask(command, options), options.signal, consume),
        tryFind: async (program) => tryFindProgram(program, options.environment['PATH'] ?? ''),
    };
}
/** A command line that a person can paste into a shell. */
function formatCommand(argv) {
    return argv.map((argument) => (/^[\w@%+=:,./-]+$/.test(argument) ? argument : quoteShell(argument))).join(' ');
}
function withMask(command, { ownEnvironment = {} }) {
    if (command.inherit === undefined || command.inherit.length === 0)
        return command;
    const redactor = createRedactor(Object.values(pickVariables(ownEnvironment, command.inherit)));
    return { ...command, mask: (line) => redactor.text(line) };
}
function needsInput({ input, holdInput }) {
    return input !== undefined || holdInput === true;
}
function environmentOf(command, { environment, ownEnvironment = {} }) {
    return { ...environment, ...pickVariables(ownEnvironment, command.inherit ?? []), ...command.env };
}
/**
 * Starts the program in a new process group with a parent-death signal: `kill -9` of this process leaves nothing
 * behind.
 */
async function launch(command, options) {
    options.signal.throwIfAborted();
    const environment = environmentOf(command, options);
    const searchPath = environment['PATH'] ?? '';
    const setpriv = await getProgram('setpriv', searchPath);
    const sh = await getProgram('sh', searchPath);
    const program = await getProgram(command.argv[0], searchPath);
    const commandLine = formatCommand(command.argv);
    options.log.detail(`$ ${commandLine}`);
    options.signal.throwIfAborted();
    const [wrapper, ...args] = withParentDeathSignal([program, ...command.argv.slice(1)], { setpriv, sh });
    const child = (0,external_node_child_process_namespaceObject.spawn)(wrapper, args, {
        cwd: command.cwd,
        env: environment,
        detached: true,
        stdio: [needsInput(command) ? 'pipe' : 'ignore', 'pipe', 'pipe', ...(command.files ?? [])],
    });
    const endTrace = options.trace?.begin('process', (0,external_node_path_namespaceObject.basename)(programOf(command.argv)), commandLine);
    child.once('close', () => endTrace?.());
    // A program that exits before it has read its input closes the pipe. Its exit code decides whether that is an error.
    child.stdin?.on('error', () => undefined);
    if (command.holdInput !== true)
        child.stdin?.end(command.input);
    else if (command.input !== undefined)
        child.stdin?.write(command.input);
    return child;
}
async function runToEnd(child, command, signal) {
    const tooMuch = new AbortController();
    const end = () => tooMuch.abort(new errors_ToolError(`${command.argv[0]} printed more than ${collectedCharacters / 1024 ** 2} MiB`, command.argv, 0));
    const [stdout, stderr] = [processes_collect(child.stdout, end), processes_collect(child.stderr, end)];
    await finish(child, command, AbortSignal.any([signal, tooMuch.signal]));
    return { stdout: stdout(), stderr: stderr() };
}
async function streamToEnd(child, command, signal, consume) {
    if (child.stdout === null)
        throw new TypeError('a streamed process has a standard output');
    const finished = finish(child, command, signal, [child.stderr]);
    finished.catch(() => undefined);
    try {
        const result = await consume(child.stdout);
        await finished;
        return result;
    }
    catch (error) {
        // If the output had already ended, the program failed first, and its error is the cause. If the reader stopped
        // early, that made the program fail (EPIPE).
        const programEndedFirst = child.stdout.readableEnded;
        endGroup(child, 'SIGKILL');
        await finished.catch((cause) => {
            if (programEndedFirst && cause instanceof errors_ToolError && cause.exitCode !== undefined)
                throw cause;
        });
        throw error;
    }
}
/** Waits for a process that must succeed, until it exits, the time limit is over or the run is cancelled. */
async function finish(child, command, signal, watched = [child.stdout, child.stderr]) {
    const running = watch(child, command, watched);
    let overdue = false;
    const timer = command.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            overdue = true;
            void running.stop();
        }, command.timeoutMs);
    const onAbort = () => void running.stop();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted)
        onAbort();
    const exit = await running.exited;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    signal.throwIfAborted();
    if (exit.code === 0 && !overdue)
        return;
    throw new errors_ToolError(processes_formatExit(command, exit, overdue), command.argv, exit.code, { evidence: running.tail() });
}
function processes_formatExit(command, exit, overdue) {
    const program = command.argv[0];
    if (overdue)
        return `${program} did not finish within ${(command.timeoutMs ?? 0) / 1000} s and was stopped`;
    return exit.code === undefined
        ? `${program} was killed by ${exit.signal ?? 'a signal'}`
        : `${program} failed with exit code ${exit.code}`;
}
function watch(child, command, watched = [child.stdout, child.stderr]) {
    const tail = [];
    for (const stream of watched) {
        onLines(stream, (text) => {
            const line = command.mask?.(text) ?? text;
            tail.push(line);
            if (tail.length > tailLines)
                tail.shift();
            command.onLine?.(line);
        });
    }
    const exited = new Promise((resolve) => {
        child.once('error', (error) => {
            tail.push(error.message);
            resolve({ code: 127, signal: undefined });
        });
        // Its children may keep its output open indefinitely.
        child.once('exit', () => {
            const timer = setTimeout(() => {
                endGroup(child, 'SIGKILL');
                for (const stream of [child.stdout, child.stderr])
                    stream?.destroy();
            }, leftoverMs);
            child.once('close', () => clearTimeout(timer));
        });
        child.once('close', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
    });
    return {
        pid: child.pid ?? -1,
        exited,
        tail: () => [...tail],
        stop: async (graceMs = defaultGraceMs, againMs) => {
            endGroup(child, 'SIGTERM');
            const again = againMs === undefined ? undefined : setInterval(() => endGroup(child, 'SIGTERM'), againMs);
            const timer = setTimeout(() => endGroup(child, 'SIGKILL'), graceMs);
            const exit = await exited;
            clearInterval(again);
            clearTimeout(timer);
            return exit;
        },
    };
}
function endGroup(child, signal) {
    if (child.pid === undefined)
        return;
    if (signal === 'SIGKILL')
        child.stdin?.destroy();
    try {
        process.kill(-child.pid, signal);
    }
    catch {
        // The group has ended already.
    }
}
/**
 * Collects what a stream yields, for the returned function. If it becomes too much, drops all of it and calls
 * `onTooMuch`.
 */
function processes_collect(stream, onTooMuch) {
    const chunks = [];
    let size = 0;
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk) => {
        size += chunk.length;
        if (size <= collectedCharacters)
            chunks.push(chunk);
        else if (chunks.length > 0) {
            chunks.length = 0;
            onTooMuch();
        }
    });
    return () => chunks.join('');
}
const processes_longestLine = 64 * 1024;
/** Calls back with each line. A line over 64 KiB comes in pieces. */
function onLines(stream, onLine) {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk) => {
        const lines = (rest + chunk).split(/\r?\n|\r/);
        rest = lines.pop() ?? '';
        lines.forEach(onLine);
        if (rest.length > processes_longestLine) {
            onLine(rest);
            rest = '';
        }
    });
    stream?.on('end', () => {
        if (rest !== '')
            onLine(rest);
    });
}

;// CONCATENATED MODULE: ./build/entry/read-order.js






/**
 * Reads the order of a helper from standard input: one line of JSON. When the input closes, the build has exited and
 * the helper stops: the build may not be allowed to signal it. Undefined without an order.
 */
async function tryReadOrder(environment) {
    const lines = (0,external_node_readline_namespaceObject.createInterface)({ input: process.stdin });
    const controller = new AbortController();
    const closed = (0,external_node_events_namespaceObject.once)(lines, 'close').then(() => controller.abort(new errors_CancelledError('the build has exited')));
    const first = await Promise.race([(0,external_node_events_namespaceObject.once)(lines, 'line'), closed]);
    if (first === undefined)
        return undefined;
    // If the build was killed, nobody reads the output.
    process.stdout.on('error', () => undefined);
    const order = JSON.parse(String(first[0]));
    const own = { ...environment, ...order.environment };
    // sudo may pass on a plain user's PATH, which lacks the sbin directories.
    const PATH = `/usr/local/sbin:/usr/sbin:/sbin:${own['PATH'] ?? ''}`;
    const { signal } = controller;
    const processes = createProcesses({ environment: childEnvironment({ ...own, PATH }), signal, log: silentLog });
    return { order, processes, signal };
}
/** Sends a message of a helper to the build. */
function sendMessage(message) {
    process.stdout.write(`${JSON.stringify(message)}\n`);
}

;// CONCATENATED MODULE: ./build/entry/run-mount.js


/** The program that a plain user's build starts through sudo. It mounts an image and edits it, nothing else. */
async function runMount(environment) {
    const work = await tryReadOrder(environment);
    if (work === undefined) {
        process.stderr.write('ch-golden: this is for builds, which start it through sudo for the driver mount\n');
        return 2;
    }
    await serveMount(work.order, sendMessage, work);
    return 0;
}


/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(706);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
