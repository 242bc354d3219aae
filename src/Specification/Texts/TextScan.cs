using System.Buffers;
using System.Collections;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Platform.Files;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Specification.Texts;

/// <summary>
/// One pass over text files that finds each one's hash and, over all of them, what the vocabulary depends on. Memory does not
/// grow with the files: a bit per code point, and no more words than the tokenizer asks for.
/// </summary>
internal sealed class TextScan(Tokenizer? tokenizer, CancellationToken cancellation)
{
    private const int LongestWord = 1 << 16;

    private readonly BitArray _characters = new(0x110000);
    private readonly HashSet<string> _words = [];
    private readonly StringBuilder _word = new();

    /// <summary>Distinct characters, or distinct words up to the size asked for.</summary>
    public int Distinct { get; private set; }

    /// <summary>The file by content; null if it is not UTF-8 and the tokenizer needs it to be.</summary>
    public LocalText? Read(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = UserFile.OpenText(path, Limits.TextBytes, "split it");
        var buffer = new byte[1 << 16];
        var (kept, length) = (0, 0L);
        while (stream.Read(buffer, kept, buffer.Length - kept) is var read and > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, kept, read);
            length += read;
            if (tokenizer is null or { Kind: TokenizerKind.Bytes })
            {
                continue;
            }
            var filled = buffer.AsSpan(0, kept + read);
            if (Decode(filled) is not { } used)
            {
                return null;
            }
            filled[used..].CopyTo(buffer);
            kept = filled.Length - used;
        }
        EndWord();
        return kept > 0 ? null : new LocalText(path, Convert.ToHexStringLower(hash.GetHashAndReset()), length);
    }

    // Returns how many bytes were used: all but the start of a character that the next block completes.
    private int? Decode(ReadOnlySpan<byte> bytes)
    {
        var used = 0;
        while (used < bytes.Length)
        {
            switch (Rune.DecodeFromUtf8(bytes[used..], out var rune, out var consumed))
            {
                case OperationStatus.Done:
                    Take(rune);
                    used += consumed;
                    break;
                case OperationStatus.NeedMoreData:
                    return used;
                default:
                    return null;
            }
        }
        return used;
    }

    private void Take(Rune rune)
    {
        if (tokenizer!.Kind == TokenizerKind.Characters)
        {
            Distinct += _characters[rune.Value] ? 0 : 1;
            _characters[rune.Value] = true;
        }
        else if (Rune.IsWhiteSpace(rune))
        {
            EndWord();
        }
        else if (_words.Count < tokenizer.Size && _word.Length < LongestWord)
        {
            _word.Append(rune);
        }
    }

    private void EndWord()
    {
        if (_word.Length > 0 && _words.Count < tokenizer!.Size && _words.Add(_word.ToString()))
        {
            Distinct++;
        }
        _word.Clear();
    }
}
