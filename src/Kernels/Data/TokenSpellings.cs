using Orchestrator.Contracts.Runs;

namespace Orchestrator.Kernels.Data;

/// <summary>What token ids stand for.</summary>
public static class TokenSpellings
{
    /// <summary>By token id, where the data is one text; null where ids are numbers alone, or mean something else in every part of a mixture.</summary>
    /// <param name="data">The data.</param>
    /// <param name="texts">Where its files come from.</param>
    public static IReadOnlyList<string>? Of(DataConfiguration data, ITextContents texts)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(texts);
        return data.Parts is [Text part] ? TextTokens.Of([.. part.Files.Select(file => (file.Name, texts.Read(file)))], part.Tokenizer).Spellings : null;
    }
}
