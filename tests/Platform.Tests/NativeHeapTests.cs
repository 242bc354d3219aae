using System.Runtime.InteropServices;

namespace Orchestrator.Platform.Tests;

public sealed class NativeHeapTests
{
    [Theory]
    [InlineData(1, 64 << 20)]
    [InlineData(16 << 10, 4 << 10)]
    public void Native_bytes_are_counted_while_they_are_held_and_no_longer(int blocks, int size)
    {
        var total = (long)blocks * size;
        var before = NativeHeap.Live();
        var held = Enumerable.Range(0, blocks).Select(_ => Marshal.AllocHGlobal(size)).ToList();
        Assert.InRange(NativeHeap.Live() - before, total * 3 / 4, total * 5 / 4);
        held.ForEach(Marshal.FreeHGlobal);
        Assert.InRange(NativeHeap.Live() - before, -total / 4, total / 4);
    }

    [Fact]
    public void Limits_can_be_set_more_than_once()
    {
        IPlatform.Current.LimitNativeHeap();
        IPlatform.Current.LimitNativeHeap();
    }
}
