"""Decodes a recording a second time, with Python's standard library alone.

Usage: independent_decoder.py FILE itch50|tops16|deep10|deepplus10

Prints one JSON object per message, spelled as `tickwire decode` spells it, so that the two can be compared
line by line. It shares nothing with the program: layouts are struct formats, written from the public facts of
each protocol. Reads classic pcap, plain or gzip, over Ethernet with tags, IPv4 and UDP.
"""

import gzip
import json
import struct
import sys

# A field is a struct letter, a name, and what it means: "" a number, "ns" nanoseconds, "$4" four decimals.
# Letters that struct lacks: T is a 48-bit time, C a character, 2s, 4s and 8s are texts, _ is left out.
ITCH_HEAD = [("H", "stockLocate", ""), ("H", "trackingNumber", ""), ("T", "timestamp", "ns")]
STOCK = ("8s", "stock", "")
ORDER = ("Q", "orderReferenceNumber", "")
SHARES = ("I", "shares", "")
MATCH = ("Q", "matchNumber", "")
PRICE = ("I", "price", "$4")
SIDE = ("C", "side", "")


def code(name):
    return ("C", name, "")


def price(name):
    return ("I", name, "$4")


ITCH50 = {
    "S": ("systemEvent", [code("eventCode")]),
    "R": (
        "stockDirectory",
        [
            STOCK,
            code("marketCategory"),
            code("financialStatusIndicator"),
            ("I", "roundLotSize", ""),
            code("roundLotsOnly"),
            code("issueClassification"),
            ("2s", "issueSubType", ""),
            code("authenticity"),
            code("shortSaleThresholdIndicator"),
            code("ipoFlag"),
            code("luldReferencePriceTier"),
            code("etpFlag"),
            ("I", "etpLeverageFactor", ""),
            code("inverseIndicator"),
        ],
    ),
    "H": ("stockTradingAction", [STOCK, code("tradingState"), ("_", "", ""), ("4s", "reason", "")]),
    "Y": ("regShoRestriction", [STOCK, code("regShoAction")]),
    "L": (
        "marketParticipantPosition",
        [
            ("4s", "mpid", ""),
            STOCK,
            code("primaryMarketMaker"),
            code("marketMakerMode"),
            code("marketParticipantState"),
        ],
    ),
    "V": ("mwcbDeclineLevel", [("Q", "level1", "$8"), ("Q", "level2", "$8"), ("Q", "level3", "$8")]),
    "W": ("mwcbStatus", [code("breachedLevel")]),
    "K": (
        "ipoQuotingPeriodUpdate",
        [
            STOCK,
            ("I", "ipoQuotationReleaseTime", ""),
            code("ipoQuotationReleaseQualifier"),
            price("ipoPrice"),
        ],
    ),
    "J": (
        "luldAuctionCollar",
        [
            STOCK,
            price("auctionCollarReferencePrice"),
            price("upperAuctionCollarPrice"),
            price("lowerAuctionCollarPrice"),
            ("I", "auctionCollarExtension", ""),
        ],
    ),
    "h": ("operationalHalt", [STOCK, code("marketCode"), code("operationalHaltAction")]),
    "A": ("addOrder", [ORDER, SIDE, SHARES, STOCK, PRICE]),
    "F": ("addOrderWithMpid", [ORDER, SIDE, SHARES, STOCK, PRICE, ("4s", "mpid", "")]),
    "E": ("orderExecuted", [ORDER, SHARES, MATCH]),
    "C": ("orderExecutedWithPrice", [ORDER, SHARES, MATCH, code("printable"), PRICE]),
    "X": ("orderCancel", [ORDER, SHARES]),
    "D": ("orderDelete", [ORDER]),
    "U": ("orderReplace", [ORDER, ("Q", "newOrderReferenceNumber", ""), SHARES, PRICE]),
    "P": ("trade", [ORDER, SIDE, SHARES, STOCK, PRICE, MATCH]),
    "Q": ("crossTrade", [("Q", "shares", ""), STOCK, PRICE, MATCH, code("crossType")]),
    "B": ("brokenTrade", [MATCH]),
    "I": (
        "netOrderImbalance",
        [
            ("Q", "pairedShares", ""),
            ("Q", "imbalanceShares", ""),
            code("imbalanceDirection"),
            STOCK,
            price("farPrice"),
            price("nearPrice"),
            price("currentReferencePrice"),
            code("crossType"),
            code("priceVariationIndicator"),
        ],
    ),
    "N": ("retailPriceImprovement", [STOCK, code("interestFlag")]),
    "O": (
        "directListing",
        [
            STOCK,
            code("openEligibilityStatus"),
            price("minimumAllowablePrice"),
            price("maximumAllowablePrice"),
            price("nearExecutionPrice"),
            ("Q", "nearExecutionTime", "ns"),
            price("lowerPriceRangeCollar"),
            price("upperPriceRangeCollar"),
        ],
    ),
}
ITCH50 = {key: (name, ITCH_HEAD + fields) for key, (name, fields) in ITCH50.items()}

TIME = ("q", "timestamp", "ns")
SYMBOL = ("8s", "symbol", "")
FLAGS = ("B", "flags", "")
SIZE = ("I", "size", "")
LONG_PRICE = ("q", "price", "$4")
ORDER_ID = ("Q", "orderId", "")


def long_price(name):
    return ("q", name, "$4")


IEX_SHARED = {
    "S": ("systemEvent", [code("systemEvent"), TIME]),
    "D": (
        "securityDirectory",
        [FLAGS, TIME, SYMBOL, ("I", "roundLotSize", ""), long_price("adjustedPocPrice"), ("B", "luldTier", "")],
    ),
    "H": ("tradingStatus", [code("tradingStatus"), TIME, SYMBOL, ("4s", "reason", "")]),
    "I": ("retailLiquidityIndicator", [code("retailLiquidityIndicator"), TIME, SYMBOL]),
    "O": ("operationalHaltStatus", [code("operationalHaltStatus"), TIME, SYMBOL]),
    "P": ("shortSalePriceTestStatus", [("B", "shortSalePriceTestStatus", ""), TIME, SYMBOL, code("detail")]),
    "E": ("securityEvent", [code("securityEvent"), TIME, SYMBOL]),
    "B": ("tradeBreak", [FLAGS, TIME, SYMBOL, SIZE, LONG_PRICE, ("q", "tradeId", "")]),
}
TRADE = [FLAGS, TIME, SYMBOL, SIZE, LONG_PRICE, ("q", "tradeId", "")]
LEVEL = [FLAGS, TIME, SYMBOL, SIZE, LONG_PRICE]
TOPS16 = dict(
    IEX_SHARED,
    Q=(
        "quoteUpdate",
        [FLAGS, TIME, SYMBOL, ("I", "bidSize", ""), long_price("bidPrice"), long_price("askPrice"), ("I", "askSize", "")],
    ),
    T=("tradeReport", TRADE),
    X=("officialPrice", [code("priceType"), TIME, SYMBOL, long_price("officialPrice")]),
    A=(
        "auctionInformation",
        [
            code("auctionType"),
            TIME,
            SYMBOL,
            ("I", "pairedShares", ""),
            long_price("referencePrice"),
            long_price("indicativeClearingPrice"),
            ("I", "imbalanceShares", ""),
            code("imbalanceSide"),
            ("B", "extensionNumber", ""),
            ("I", "scheduledAuctionTime", ""),
            long_price("auctionBookClearingPrice"),
            long_price("collarReferencePrice"),
            long_price("lowerAuctionCollar"),
            long_price("upperAuctionCollar"),
        ],
    ),
)
TOPS16["8"] = ("priceLevelUpdateBuy", LEVEL)
TOPS16["5"] = ("priceLevelUpdateSell", LEVEL)
DEEPPLUS10 = dict(
    IEX_SHARED,
    a=("addOrder", [SIDE, TIME, SYMBOL, ORDER_ID, SIZE, LONG_PRICE]),
    M=("orderModify", [FLAGS, TIME, SYMBOL, ORDER_ID, SIZE, LONG_PRICE]),
    R=("orderDelete", [("_", "", ""), TIME, SYMBOL, ORDER_ID]),
    L=("orderExecuted", [FLAGS, TIME, SYMBOL, ORDER_ID, SIZE, LONG_PRICE, ("Q", "tradeId", "")]),
    T=("trade", TRADE),
    C=("clearBook", [("_", "", ""), TIME, SYMBOL]),
)
PROTOCOLS = {
    "itch50": (">", ITCH50),
    "tops16": ("<", TOPS16),
    "deep10": ("<", TOPS16),
    "deepplus10": ("<", DEEPPLUS10),
}
LETTERS = {"T": "6s", "C": "c", "_": "c"}


def packets(data):
    """The captured frames of a classic pcap, each with its time in nanoseconds since 1970."""
    little = data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")
    order = "<" if little else ">"
    (magic,) = struct.unpack_from(order + "I", data)
    unit = 1 if magic == 0xA1B23C4D else 1000
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, captured, _ = struct.unpack_from(order + "IIII", data, at)
        at += 16
        yield seconds * 10**9 + fraction * unit, data[at : at + captured]
        at += captured


def payload_of(frame):
    """The UDP payload of an Ethernet frame; None for anything else."""
    at = 12
    while struct.unpack_from(">H", frame, at)[0] in (0x8100, 0x88A8):
        at += 4
    if struct.unpack_from(">H", frame, at)[0] != 0x0800:
        return None
    at += 2
    header = (frame[at] & 15) * 4
    if frame[at + 9] != 17:
        return None
    at += header
    (length,) = struct.unpack_from(">H", frame, at + 4)
    return frame[at + 8 : at + length]


def messages_of(payload, order):
    """Sequence, send time and bytes of each message of a datagram: MoldUDP64 where big-endian, else IEX-TP."""
    if order == ">":
        sequence, count = struct.unpack_from(">QH", payload, 10)
        sent, at = None, 20
        count = 0 if count == 0xFFFF else count
    else:
        (count,) = struct.unpack_from("<H", payload, 14)
        sequence, sent = struct.unpack_from("<qq", payload, 24)
        at = 40
    for i in range(count):
        (length,) = struct.unpack_from(order + "H", payload, at)
        yield sequence + i, sent, payload[at + 2 : at + 2 + length]
        at += 2 + length


def decimal(value, places):
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(places + 1, "0")
    part = digits[-places:].rstrip("0")
    return sign + digits[:-places] + ("." + part if part else "")


def value_text(letter, meaning, value):
    if letter == "C":
        return json.dumps(value.decode("latin-1"))
    if letter == "T":
        value = int.from_bytes(value, "big")
    elif letter.endswith("s"):
        return json.dumps(value.decode("latin-1").rstrip(" "))
    if meaning == "ns":
        return f'"{value}"'
    if meaning.startswith("$"):
        return decimal(value, int(meaning[1:]))
    return f'"{value}"' if abs(value) >= 2**53 else str(value)


def row(layouts, order, sequence, received, sent, message):
    name, fields = layouts[chr(message[0])]
    shape = order + "c" + "".join(LETTERS.get(letter, letter) for letter, _, _ in fields)
    values = struct.unpack_from(shape, message)[1:]
    parts = [f'"sequence":{sequence}', f'"receivedNs":"{received}"']
    if sent is not None:
        parts.append(f'"sentNs":"{sent}"')
    parts.append(f'"type":"{name}"')
    for (letter, field, meaning), value in zip(fields, values):
        if letter != "_":
            parts.append(f'"{field}":{value_text(letter, meaning, value)}')
    return "{" + ",".join(parts) + "}"


def main():
    path, protocol = sys.argv[1:]
    order, layouts = PROTOCOLS[protocol]
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    for received, frame in packets(data):
        payload = payload_of(frame)
        if payload is None:
            continue
        for sequence, sent, message in messages_of(payload, order):
            sys.stdout.write(row(layouts, order, sequence, received, sent, message) + "\n")


main()
