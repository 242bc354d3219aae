using System.Text.Json.Serialization;

namespace Orchestrator.Contracts.Runs;

/// <summary>
/// A distribution of token sequences: always a mixture of parts (a single kind is a mixture of one). Token 0 is BOS and counted
/// in <see cref="Vocab"/>; with <see cref="Bos"/> it stands first in every sequence and nowhere else.
/// </summary>
[GenerateSerializer, Immutable, Alias("orchestrator.data-configuration")]
public sealed record DataConfiguration : TrainingData
{
    /// <summary>Number of token ids V, BOS included.</summary>
    [Id(0)] public required int Vocab { get; init; }
    /// <summary>Whether every sequence starts with token 0.</summary>
    [Id(1)] public bool Bos { get; init; } = true;
    /// <summary>Moves what all runs share: bigram tables, Markov chains, the held-out set. A run's own seed moves sample order.</summary>
    [Id(2)] public ulong Seed { get; init; }
    /// <summary>What sequences are drawn from, each with its share.</summary>
    [Id(3)] public required IReadOnlyList<DataPart> Parts { get; init; }

    /// <inheritdoc/>
    [JsonIgnore] public override IEnumerable<TextFile> TextFiles => Parts.OfType<Text>().SelectMany(text => text.Files);
}

/// <summary>One component of a mixture. Every sequence comes from one part, drawn with probability proportional to its weight.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(RepeatedSegments), "repeated-segments")]
[JsonDerivedType(typeof(Language), "language")]
[JsonDerivedType(typeof(Markov), "markov")]
[JsonDerivedType(typeof(Text), "text")]
[GenerateSerializer, Immutable, Alias("orchestrator.data-part")]
public abstract record DataPart
{
    /// <summary>Share of sequences, relative to the other parts; above 0.</summary>
    [Id(0)] public double Weight { get; init; } = 1.0;
}

/// <summary>A random segment of uniform tokens, tiled to the context length; the segment's length is drawn for every sequence.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.data-part.repeated-segments")]
public sealed record RepeatedSegments : DataPart
{
    /// <summary>Shortest segment, in tokens.</summary>
    [Id(0)] public required int Shortest { get; init; }
    /// <summary>Longest segment, in tokens (inclusive).</summary>
    [Id(1)] public required int Longest { get; init; }
}

/// <summary>A fixed bigram table with skip-trigrams and, optionally, copied spans: something to learn for 0, 1 and 2 layers (findings: section 3).</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.data-part.language")]
public sealed record Language : DataPart
{
    /// <summary>Successors with weight in each row of the bigram table.</summary>
    [Id(0)] public int Successors { get; init; } = 4;
    /// <summary>Share of uniform noise in each row of the bigram table.</summary>
    [Id(1)] public double Noise { get; init; } = 0.05;
    /// <summary>Probability, at each position, of a trigger token whose successor the sequence's opener decides.</summary>
    [Id(2)] public double SkipTrigrams { get; init; } = 0.12;
    /// <summary>Probability, at each position, that a span seen earlier in the sequence is copied.</summary>
    [Id(3)] public double CopiedSpans { get; init; }
}

/// <summary>In-context Markov chains: every sequence has its own transition matrix with Dirichlet rows.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.data-part.markov")]
public sealed record Markov : DataPart
{
    /// <summary>States of the chain, as tokens 1..States.</summary>
    [Id(0)] public int States { get; init; } = 8;
    /// <summary>Concentration of the Dirichlet rows; small values give peaked chains.</summary>
    [Id(1)] public double Concentration { get; init; } = 1.0;
}

/// <summary>How text becomes tokens. Id 0 is BOS; symbols start at 1.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.tokenizer")]
public sealed record Tokenizer
{
    /// <summary><c>bytes</c>, <c>characters</c> or <c>words</c>.</summary>
    [Id(0)] public required TokenizerKind Kind { get; init; }
    /// <summary>For words: how many of the most frequent are kept, at most as many as there are; the others share one unknown token.</summary>
    [Id(1)] public int Size { get; init; }
}

/// <summary>What a token of text is.</summary>
public enum TokenizerKind
{
    /// <summary>One of 256 byte values.</summary>
    Bytes,
    /// <summary>A Unicode scalar value that occurs in the files, in order of code point.</summary>
    Characters,
    /// <summary>A word between white space, the most frequent first.</summary>
    Words,
}

/// <summary>Windows of text files; the last part of each file is held out.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.data-part.text")]
public sealed record Text : DataPart
{
    /// <summary>The files in order, by content.</summary>
    [Id(0)] public required IReadOnlyList<TextFile> Files { get; init; }
    /// <summary>How text becomes tokens.</summary>
    [Id(1)] public required Tokenizer Tokenizer { get; init; }
    /// <summary>Share of every file, at its end, that training never sees.</summary>
    [Id(2)] public double HeldOut { get; init; } = 0.1;
}

/// <summary>A text file, identified by what it holds.</summary>
/// <param name="Name">The file's name without folders, for people; not part of any identity.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of the content; the artifact's name.</param>
/// <param name="Bytes">Length in bytes.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.text-file")]
public sealed record TextFile(string Name, string Sha256, long Bytes);
