# verdict: exit:0
# honest: an event loop wakes itself through a socket pair, which reaches nobody else.
import asyncio


async def main():
    done = await asyncio.gather(*(asyncio.sleep(0.001, n) for n in range(10)))
    assert done == list(range(10))
    assert await asyncio.get_running_loop().run_in_executor(None, sum, [1, 2, 3]) == 6


asyncio.run(main())
