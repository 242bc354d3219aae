namespace Orchestrator.Results.Sweeps;

/// <summary>Values of which some are undefined.</summary>
internal static class DefinedValues
{
    /// <summary>Those that are defined, in their order; without boxing each, as <c>OfType</c> does.</summary>
    public static IEnumerable<double> Defined(this IEnumerable<double?> values) => values.Where(value => value.HasValue).Select(value => value!.Value);
}
