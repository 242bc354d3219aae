using System.Globalization;

namespace Orchestrator.Specification.Nodes;

/// <summary>Numbers of a document. 300, 300.0 and 3e2 are the same number, as in JSON.</summary>
internal static class ScalarNumbers
{
    /// <summary>The number as a whole number, if it is one. Covers every signed and unsigned 64-bit integer.</summary>
    public static bool TryInteger(ScalarNode scalar, out Int128 value)
    {
        value = 0;
        if (scalar.Kind != ScalarKind.Number)
        {
            return false;
        }
        if (Int128.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
        {
            return true;
        }
        // Decimal, because 9007199254740993.0 in double precision would be its neighbour; what it rounds away the comparison tells.
        if (decimal.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && decimal.IsInteger(number) && TryFinite(scalar, out var rounded) && rounded == (double)number)
        {
            value = (Int128)number;
            return true;
        }
        return false;
    }

    /// <summary>The number in double precision, if it is finite.</summary>
    public static bool TryFinite(ScalarNode scalar, out double value)
    {
        value = 0;
        return scalar.Kind == ScalarKind.Number
            && double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && double.IsFinite(value);
    }
}
