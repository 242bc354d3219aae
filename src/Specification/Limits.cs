namespace Orchestrator.Specification;

/// <summary>Bounds that keep a document, and what it asks for, within what a machine can hold.</summary>
public static class Limits
{
    /// <summary>Most runs that one sweep expands to.</summary>
    public const long Runs = 10_000_000;
    /// <summary>Longest sweep file, in bytes.</summary>
    public const int FileBytes = 1 << 20;
    /// <summary>Most values in a file, aliases expanded.</summary>
    public const long Values = 200_000;
    /// <summary>Longest key of a mapping.</summary>
    public const int KeyCharacters = 200;
    /// <summary>Deepest nesting of lists and mappings.</summary>
    public const int Nesting = 32;
    /// <summary>Most combinations of axis values over which a rule on several settings is checked.</summary>
    public const long Combinations = 100_000;
    /// <summary>Most parameters of one model: 8 GiB of float32.</summary>
    public const long Parameters = 1L << 31;
    /// <summary>Most heads of one model; composition is measured for every pair.</summary>
    public const int Heads = 2_048;
    /// <summary>Most features of a toy model; three numbers are kept of each at every snapshot.</summary>
    public const int Features = 16_384;
    /// <summary>Most tokens, or values of features, in one training step.</summary>
    public const long TokensPerStep = 1L << 26;
    /// <summary>Most snapshots of one run.</summary>
    public const int Snapshots = 10_000;
    /// <summary>Longest text file, in bytes.</summary>
    public const long TextBytes = 1L << 30;
    /// <summary>Most text files of one sweep.</summary>
    public const int Files = 10_000;
}
