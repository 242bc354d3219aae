namespace Orchestrator.Specification.Expressions;

/// <summary>What the operators do to values. Whole numbers (<see cref="Int128"/>) stay exact; a seed may have 64 bits, and a double has 53.</summary>
internal static class Operations
{
    /// <summary>A comparison; false if a side is undefined. Texts and truth values know only equal and not equal.</summary>
    public static bool Compare(string symbol, object? left, object? right) => (left, right) switch
    {
        (null, _) or (_, null) => false,
        _ when symbol is "==" or "=" => Same(left, right),
        _ when symbol == "!=" => !Same(left, right),
        (Int128 or double, Int128 or double) => Order(left, right) is { } order && symbol switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        },
        _ => throw new ExpressionException($"{left} {symbol} {right}: only numbers have an order; compare texts with == or !="),
    };

    /// <summary>Whether two defined values are the same.</summary>
    public static bool Same(object left, object? right) =>
        (left, right) is (Int128 or double, Int128 or double) ? Order(left, right) == 0 : left.Equals(right);

    /// <summary>Arithmetic; undefined if a side is undefined.</summary>
    public static object? Calculate(string symbol, object? left, object? right) => (left, right) switch
    {
        (null, _) or (_, null) => null,
        (Int128 a, Int128 b) => Exact(symbol, a, b) ?? Rounded(symbol, (double)a, (double)b),
        (Int128 or double, Int128 or double) => Rounded(symbol, Double(left), Double(right)),
        _ => throw new ExpressionException($"{left} {symbol} {right}: only numbers can be calculated with"),
    };

    // Null if one is not a number (NaN).
    private static int? Order(object left, object right) => (left, right) switch
    {
        (Int128 a, Int128 b) => a.CompareTo(b),
        (Int128 a, double b) => Order(a, b),
        (double a, Int128 b) => -Order(b, a),
        _ when double.IsNaN((double)left) || double.IsNaN((double)right) => null,
        _ => ((double)left).CompareTo((double)right),
    };

    private static int? Order(Int128 whole, double number)
    {
        if (double.IsNaN(number))
        {
            return null;
        }
        var floor = Math.Floor(number);
        if (Math.Abs(floor) >= 1e38)
        {
            return number > 0 ? -1 : 1; // below the largest Int128, 1.7e38, a whole double converts exactly
        }
        var order = whole.CompareTo((Int128)floor);
        return order == 0 && number > floor ? -1 : order;
    }

    private static object? Exact(string symbol, Int128 a, Int128 b)
    {
        try
        {
            return symbol switch
            {
                "+" => checked(a + b),
                "-" => checked(a - b),
                "*" => checked(a * b),
                _ => b != 0 && a % b == 0 ? a / b : null,
            };
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static double Rounded(string symbol, double a, double b) => symbol switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        _ => a / b,
    };

    private static double Double(object number) => number is Int128 whole ? (double)whole : (double)number;
}
