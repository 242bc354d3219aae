namespace Orchestrator.Specification.Expressions;

/// <summary>What the operators do to values.</summary>
internal static class Operations
{
    /// <summary>A comparison; false where a side is undefined. Texts and truth values know only equal and not equal.</summary>
    public static bool Compare(string symbol, object? left, object? right) => (left, right) switch
    {
        (null, _) or (_, null) => false,
        (double a, double b) => symbol switch
        {
            "<" => a < b,
            "<=" => a <= b,
            ">" => a > b,
            ">=" => a >= b,
            "!=" => a != b,
            _ => a == b,
        },
        _ when symbol is "==" or "=" => Same(left, right),
        _ when symbol == "!=" => !Same(left, right),
        _ => throw new ExpressionException($"{left} {symbol} {right}: only numbers have an order; compare texts with == or !="),
    };

    /// <summary>Whether two defined values are the same.</summary>
    public static bool Same(object left, object? right) => left.Equals(right);

    /// <summary>Arithmetic; undefined where a side is undefined.</summary>
    public static object? Calculate(string symbol, object? left, object? right) => (left, right) switch
    {
        (null, _) or (_, null) => null,
        (double a, double b) => symbol switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            _ => a / b,
        },
        _ => throw new ExpressionException($"{left} {symbol} {right}: only numbers can be calculated with"),
    };
}
