# check: wrong_answer
class Meta(type):
    def __mro_entries__(self, bases):
        return ()


class f(metaclass=Meta):
    def __new__(cls, x):
        return cls
